package io.durableoutbox.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The meters after a relay's real run, against the tables that it left. */
class OutboxMetricsTest {
  private final RelayRun run = RelayRun.once();

  private long counter(String name, String... tags) {
    return (long)
        run.registry.get(name).tags(tags).counters().stream().mapToDouble(Counter::count).sum();
  }

  private long requests(String outcome) {
    return run.registry.get("outbox.requests").tag("outcome", outcome).timer().count();
  }

  @Test
  void actionsAreCountedAsTheTablesHaveThem() {
    assertThat(counter("outbox.delivered")).isEqualTo(8).isEqualTo(run.count("outbox_delivered"));
    assertThat(counter("outbox.rejected")).isEqualTo(1).isEqualTo(run.count("outbox_rejected"));
    assertThat(counter("outbox.retried")).as("lost, down, unauthorized").isEqualTo(4);
    assertThat(counter("outbox.unknown")).isEqualTo(1);
    assertThat(counter("outbox.claimed")).isEqualTo(13);
    assertThat(counter("outbox.fenced")).isZero();
    assertThat(counter("outbox.abandoned")).isZero();
    assertThat(counter("outbox.failures")).isZero();
  }

  @Test
  void requestsAreCountedByOutcomeAsTheTableHasThem() {
    for (String outcome :
        List.of("accepted", "refused", "misconfigured", "rate_limited", "unavailable", "unknown")) {
      assertThat(requests(outcome))
          .as(outcome)
          .isEqualTo(run.count("outbox_request WHERE outcome = '" + outcome + "'"));
    }
    assertThat(requests("accepted")).isGreaterThan(3);
    assertThat(requests("refused")).isGreaterThan(1);
    assertThat(requests("unknown")).isOne();
    Timer accepted = run.registry.get("outbox.requests").tag("outcome", "accepted").timer();
    assertThat(accepted.totalTime(TimeUnit.SECONDS)).isPositive();
  }

  @Test
  void sizesOfRequestsAreSummedAsTheTableHasThem() {
    DistributionSummary users = run.registry.get("outbox.request.users").summary();
    assertThat(users.count()).isEqualTo(run.count("outbox_request"));
    assertThat(run.mostUsers).isEqualTo(3);
    assertThat(run.registry.get("outbox.request.actions").summary().totalAmount())
        .isEqualTo(users.totalAmount());
    assertThat(run.registry.get("outbox.request.bytes").summary().mean()).isGreaterThan(200);
  }

  @Test
  void claimsAndSettlementsAreTimedAndTheMarginIsWhatIsLeftOfTheLease() {
    assertThat(run.registry.get("outbox.claims").tag("found", "actions").timer().count())
        .isPositive();
    assertThat(run.registry.get("outbox.settlements").timer().count()).isPositive();
    assertThat(run.leaseMarginSeconds).isBetween(30.0, 60.0);
    assertThat(run.clockSkewSeconds).isBetween(-5.0, 5.0);
  }

  @Test
  void pausesAreCountedByCause() {
    assertThat(counter("outbox.pauses", "cause", "unknown")).isPositive();
    assertThat(counter("outbox.pauses", "cause", "unavailable")).isPositive();
    assertThat(counter("outbox.pauses", "cause", "misconfigured")).isOne();
    assertThat(counter("outbox.pauses", "cause", "person")).isZero();
  }

  @Test
  void whatWaitsIsRejectedAndIsPausedIsReadFromTheDatabase() {
    assertThat(run.registry.get("outbox.waiting").gauge().value()).isEqualTo(1);
    assertThat(run.registry.get("outbox.waiting.age").timeGauge().value(TimeUnit.SECONDS))
        .isBetween(0.001, 600.0);
    assertThat(run.registry.get("outbox.rejected.open").gauge().value()).isEqualTo(1);
    assertThat(run.registry.get("outbox.paused").gauge().value()).isEqualTo(1);
    assertThat(run.registry.get("outbox.paused.time").timeGauge().value(TimeUnit.SECONDS))
        .isBetween(0.0, 600.0);
    assertThat(run.registry.get("outbox.backlog.readable").gauge().value()).isEqualTo(1);
  }

  @Test
  void noTagHasAnythingButWorkspacesAndFixedWords() {
    Set<Tag> tags =
        run.registry.getMeters().stream()
            .map(Meter::getId)
            .flatMap(id -> id.getTags().stream())
            .collect(Collectors.toSet());
    assertThat(tags.stream().map(Tag::getKey))
        .containsOnly("workspace", "outcome", "found", "cause", "step");
    assertThat(tags.stream().filter(t -> t.getKey().equals("workspace")).map(Tag::getValue))
        .containsExactly("default");
    assertThat(run.registry.scrape())
        .doesNotContain("user-", run.destination.apiKey(), "cid", "refused_customer");
  }

  @Test
  void everyMeterHasADescription() {
    assertThat(run.registry.getMeters())
        .isNotEmpty()
        .allSatisfy(meter -> assertThat(meter.getId().getDescription()).isNotBlank());
  }

  @Test
  void theScrapeIsWhatPrometheusExpects() {
    assertThat(Arrays.stream(run.registry.scrape().split("\n", -1)))
        .contains("outbox_delivered_actions_total{workspace=\"default\"} 8.0")
        .contains("outbox_waiting_actions{workspace=\"default\"} 1.0")
        .contains("outbox_failures_total{step=\"settle\"} 0.0")
        .contains("# TYPE outbox_requests_seconds summary");
  }
}
