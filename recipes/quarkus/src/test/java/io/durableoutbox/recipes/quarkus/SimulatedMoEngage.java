package io.durableoutbox.recipes.quarkus;

import io.durableoutbox.testkit.SimulatedDestination;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Starts before the application, which is told where it is. */
public class SimulatedMoEngage implements QuarkusTestResourceLifecycleManager {
  private @Nullable SimulatedDestination simulated;

  @Override
  public Map<String, String> start() {
    simulated = SimulatedDestination.start();
    return Map.of(
        "moengage.workspace-id", simulated.workspaceId(),
        "moengage.api-key", simulated.apiKey(),
        "moengage.base-url", simulated.baseUrl(),
        "moengage.poll-interval", "PT1H"); // so that only being woken explains a delivery
  }

  @Override
  public void inject(TestInjector injector) {
    injector.injectIntoFields(
        Objects.requireNonNull(simulated),
        new TestInjector.MatchesType(SimulatedDestination.class));
  }

  @Override
  public void stop() {
    if (simulated != null) {
      simulated.close();
    }
  }
}
