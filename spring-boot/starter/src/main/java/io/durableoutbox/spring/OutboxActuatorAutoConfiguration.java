package io.durableoutbox.spring;

import java.util.Locale;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the outbox gives to Actuator: the relay's health, and that no endpoint shows a key. */
@AutoConfiguration(after = OutboxAutoConfiguration.class)
public final class OutboxActuatorAutoConfiguration {
  OutboxActuatorAutoConfiguration() {}

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
  @ConditionalOnBean(OutboxRelay.class)
  static class HealthConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "outboxHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("outbox")
    HealthIndicator outboxHealthIndicator(OutboxRelay relay, OutboxProperties properties) {
      return new OutboxHealthIndicator(relay, properties.health().pausedStatus());
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(SanitizingFunction.class)
  static class SanitizingConfiguration {
    /** Even where an application lets its endpoints show all values. */
    @Bean
    SanitizingFunction outboxApiKeySanitizingFunction() {
      return SanitizingFunction.sanitizeValue().ifKeyMatches(SanitizingConfiguration::isApiKey);
    }

    private static boolean isApiKey(String key) {
      String letters = key.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
      return letters.startsWith("outbox") && letters.endsWith("apikey");
    }
  }
}
