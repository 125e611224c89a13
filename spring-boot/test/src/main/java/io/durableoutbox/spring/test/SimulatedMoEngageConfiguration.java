package io.durableoutbox.spring.test;

import io.durableoutbox.spring.MoEngageConnectionDetails;
import io.durableoutbox.spring.MoEngageConnectionDetails.Workspace;
import io.durableoutbox.testkit.SimulatedDestination;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;

/** The simulated destination, and that the relay sends to it. */
@Configuration(proxyBeanMethods = false)
class SimulatedMoEngageConfiguration {
  @Bean
  SimulatedDestination simulatedDestination() {
    return SimulatedDestination.start();
  }

  @Bean
  @Primary
  MoEngageConnectionDetails simulatedMoEngageConnectionDetails(
      SimulatedDestination simulated, Environment environment) {
    TreeSet<String> names =
        new TreeSet<>(
            Binder.get(environment)
                .bind("outbox.workspaces", Bindable.mapOf(String.class, Object.class))
                .orElse(Map.of())
                .keySet());
    names.add("default");
    List<Workspace> workspaces =
        names.stream()
            .map(
                name ->
                    new Workspace(
                        name, simulated.workspaceId(), simulated::apiKey, simulated.baseUrl()))
            .toList();
    return () -> workspaces;
  }
}
