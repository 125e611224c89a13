package io.durableoutbox.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import io.durableoutbox.testkit.SimulatedDestinationExtension;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.actuate.autoconfigure.context.properties.ConfigurationPropertiesReportEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.jmx.JmxAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@ExtendWith(SimulatedDestinationExtension.class)
class ActuatorTest {
  private final ApplicationContextRunner sending;
  private final SimulatedDestination moEngage;

  ActuatorTest(SimulatedDestination moEngage) {
    this.moEngage = moEngage;
    this.sending = Runners.sending(moEngage);
  }

  @Test
  void healthIsUpWhileMoEngageIsDownTellsItAndIsDownWithoutARelay() {
    sending.run(
        context -> {
          HealthIndicator indicator = context.getBean(HealthIndicator.class);
          assertThat(health(indicator).getStatus()).isEqualTo(Status.UP);
          assertThat(health(indicator).getDetails()).containsEntry("delivery", "UP");
          moEngage.next(Fault.status(503));
          Runners.add(context, "default");
          Health paused =
              io.durableoutbox.testdb.Await.value(
                  "the pause is told",
                  () -> health(indicator),
                  health -> "PAUSED".equals(health.getDetails().get("delivery")));
          assertThat(paused.getStatus()).isEqualTo(Status.UP);
          assertThat(paused.getDetails().toString()).contains("workspace default is paused");
          context.getSourceApplicationContext().stop();
          assertThat(health(indicator).getStatus()).isEqualTo(Status.DOWN);
          assertThat(health(indicator).getDetails()).containsKeys("relay", "reasons");
        });
  }

  @ParameterizedTest
  @CsvSource({
    "up, UP",
    "unknown, UNKNOWN",
    "out-of-service, OUT_OF_SERVICE",
    "down, DOWN",
  })
  void whatAPauseCountsAsIsTheUsersChoice(String setting, String status) {
    sending
        .withPropertyValues("outbox.health.paused-status=" + setting)
        .run(
            context -> {
              HealthIndicator indicator = context.getBean(HealthIndicator.class);
              Runners.add(context, "default");
              context.getBean(Outbox.class).operator("anna").pause("default", "ticket 1");
              context.getBean(OutboxRelay.class).wakeUp();
              Await.until(
                  "the pause is told",
                  () -> "PAUSED".equals(health(indicator).getDetails().get("delivery")));
              assertThat(health(indicator).getStatus()).isEqualTo(new Status(status));
            });
  }

  @Test
  void actuatorsListOfSettingsMasksTheKeyThoughItShowsValues() {
    sending
        .withConfiguration(
            AutoConfigurations.of(
                EndpointAutoConfiguration.class,
                JmxAutoConfiguration.class,
                ConfigurationPropertiesReportEndpointAutoConfiguration.class))
        .withPropertyValues(
            "spring.jmx.enabled=true",
            "management.endpoints.jmx.exposure.include=*",
            "management.endpoint.configprops.show-values=always")
        .run(
            context -> {
              String settings =
                  context
                      .getBean(ConfigurationPropertiesReportEndpoint.class)
                      .configurationProperties()
                      .getContexts()
                      .values()
                      .iterator()
                      .next()
                      .getBeans()
                      .values()
                      .stream()
                      .map(bean -> bean.getPrefix() + bean.getProperties() + bean.getInputs())
                      .filter(bean -> bean.startsWith("outbox"))
                      .findAny()
                      .orElseThrow();
              assertThat(settings)
                  .contains(moEngage.workspaceId())
                  .contains(SanitizableData.SANITIZED_VALUE)
                  .doesNotContain(moEngage.apiKey());
            });
  }

  @Test
  void noEndpointShowsAKey() {
    sending.run(
        context -> {
          SanitizingFunction function = context.getBean(SanitizingFunction.class);
          for (String key :
              List.of(
                  "outbox.moengage.api-key",
                  "outbox.moengage.apiKey",
                  "OUTBOX_MOENGAGE_APIKEY",
                  "outbox.workspaces.eu.api-key",
                  "OUTBOX_WORKSPACES_EU_API_KEY")) {
            assertThat(function.applyUnlessFiltered(new SanitizableData(null, key, "k")).getValue())
                .as(key)
                .isEqualTo(SanitizableData.SANITIZED_VALUE);
          }
          assertThat(
                  function
                      .applyUnlessFiltered(
                          new SanitizableData(null, "outbox.moengage.workspace-id", "w"))
                      .getValue())
              .isEqualTo("w");
          assertThat(context.getBean(OutboxProperties.class).toString())
              .doesNotContain(moEngage.apiKey());
          assertThat(context.getBean(MoEngageConnectionDetails.class).workspaces().toString())
              .doesNotContain(moEngage.apiKey());
        });
  }

  private static Health health(HealthIndicator indicator) {
    return Objects.requireNonNull(indicator.health());
  }
}
