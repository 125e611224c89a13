package io.durableoutbox.recipes.quarkus;

import io.durableoutbox.MoEngage;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What {@code application.properties} says of the destination. */
@Singleton
public class MoEngageSettings {
  private final String workspaceId;
  private final String apiKey;
  private final String baseUrl;
  private final Duration pollInterval;

  @Inject
  MoEngageSettings(
      @ConfigProperty(name = "moengage.workspace-id") String workspaceId,
      @ConfigProperty(name = "moengage.api-key") String apiKey,
      @ConfigProperty(name = "moengage.base-url") String baseUrl,
      @ConfigProperty(name = "moengage.poll-interval", defaultValue = "PT0.5S")
          Duration pollInterval) {
    this.workspaceId = workspaceId;
    this.apiKey = apiKey;
    this.baseUrl = baseUrl;
    this.pollInterval = pollInterval;
  }

  MoEngage workspace() {
    return MoEngage.workspace(workspaceId, apiKey).baseUrl(baseUrl).build();
  }

  Duration pollInterval() {
    return pollInterval;
  }
}
