package io.durableoutbox.cli.option;

import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.cli.shell.CliException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where actions are sent to: a workspace by options, and any number by the settings file. */
public final class DestinationOptions {
  private static final String API_KEY = "MOENGAGE_API_KEY";

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  CommandSpec command;

  @Option(
      names = "--workspace",
      paramLabel = "NAME",
      descriptionKey = "OUTBOX_WORKSPACE",
      defaultValue = Action.DEFAULT_WORKSPACE,
      order = 110,
      description =
          "What the workspace is called in the column outbox.workspace; default ${DEFAULT-VALUE}."
              + " [OUTBOX_WORKSPACE]")
  String workspace = Action.DEFAULT_WORKSPACE;

  @Option(
      names = "--workspace-id",
      paramLabel = "ID",
      descriptionKey = "MOENGAGE_WORKSPACE_ID",
      order = 111,
      description =
          "The workspace id in MoEngage: Settings > Account > APIs. [MOENGAGE_WORKSPACE_ID]")
  @Nullable String workspaceId;

  @Option(
      names = "--api-key",
      interactive = true,
      arity = "0",
      prompt = "API key of the Personalize tile: ",
      descriptionKey = API_KEY,
      order = 112,
      description =
          "Ask for the API key of the Personalize tile. Takes no value here. [MOENGAGE_API_KEY]")
  @Nullable String apiKey;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      descriptionKey = API_KEY + "_FILE",
      order = 113,
      description =
          "Read the API key from a file, which is read again for each request: a new key needs no"
              + " restart. [MOENGAGE_API_KEY_FILE]")
  @Nullable Path apiKeyFile;

  @Option(
      names = "--data-center",
      paramLabel = "DC",
      descriptionKey = "MOENGAGE_DATA_CENTER",
      order = 114,
      description =
          "The data center, like 01 or 101: requests go to https://sdk-DC.moengage.com."
              + " [MOENGAGE_DATA_CENTER]")
  @Nullable String dataCenter;

  @Option(
      names = "--base-url",
      paramLabel = "URL",
      descriptionKey = "MOENGAGE_BASE_URL",
      order = 115,
      description =
          "The address instead, for a proxy or the simulated destination; comes before the data"
              + " center. [MOENGAGE_BASE_URL]")
  @Nullable String baseUrl;

  @Option(
      names = "--call-timeout",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_CALL_TIMEOUT",
      defaultValue = "20s",
      order = 116,
      converter = Converters.OfDuration.class,
      description =
          "How long a request may take in all; default ${DEFAULT-VALUE}."
              + " [OUTBOX_CALL_TIMEOUT]")
  Duration callTimeout = Duration.ofSeconds(20);

  @Option(
      names = "--accept-any-success",
      descriptionKey = "OUTBOX_ACCEPT_ANY_SUCCESS",
      order = 117,
      description =
          "Count every answer with a 2xx status as an acceptance, whatever its body says. For an"
              + " API that changes its answer. [OUTBOX_ACCEPT_ANY_SUCCESS]")
  boolean acceptAnySuccess;

  /** Returns the destinations, at least one. */
  public List<MoEngage> destinations() {
    Settings settings = CliContext.of(command).settings();
    List<MoEngage> found = new ArrayList<>();
    if (workspaceId != null) {
      Secret key = apiKey(settings);
      key.read(API_KEY);
      found.add(
          address(
                  MoEngage.workspace(workspaceId, () -> key.read(API_KEY)),
                  dataCenter,
                  dataCenterByOption() ? null : baseUrl)
              .name(workspace)
              .callTimeout(callTimeout)
              .acceptAnySuccess(acceptAnySuccess)
              .build());
    }
    for (WorkspaceSettings other : WorkspaceSettings.of(settings)) {
      Secret key = other.apiKey();
      key.read("api-key of workspace " + other.name());
      MoEngage.Builder builder =
          MoEngage.workspace(other.id(), () -> key.read("api-key of workspace " + other.name()));
      String theirDataCenter = other.get("data-center");
      String theirBaseUrl = other.get("base-url");
      boolean own = theirDataCenter != null || theirBaseUrl != null;
      found.add(
          address(builder, own ? theirDataCenter : dataCenter, own ? theirBaseUrl : baseUrl)
              .name(other.name())
              .callTimeout(callTimeout)
              .acceptAnySuccess(acceptAnySuccess)
              .build());
    }
    if (found.isEmpty()) {
      throw CliException.usage(
          "no workspace is named; set MOENGAGE_WORKSPACE_ID, MOENGAGE_API_KEY and"
              + " MOENGAGE_DATA_CENTER, give their options, or put workspaces into the file of"
              + " --config");
    }
    return found;
  }

  /** An option comes before the environment, also where they are of different names. */
  private boolean dataCenterByOption() {
    var given = command.commandLine().getParseResult();
    return given != null
        && given.hasMatchedOption("--data-center")
        && !given.hasMatchedOption("--base-url");
  }

  private Secret apiKey(Settings settings) {
    if (apiKey != null) {
      return new Secret(apiKey, null);
    }
    Optional<Secret> secret =
        apiKeyFile == null ? settings.secret(API_KEY) : Optional.of(new Secret(null, apiKeyFile));
    return secret.orElseThrow(
        () ->
            CliException.usage(
                "there is no API key; set MOENGAGE_API_KEY or MOENGAGE_API_KEY_FILE, or give"
                    + " --api-key to be asked"));
  }

  private static MoEngage.Builder address(
      MoEngage.Builder builder, @Nullable String dataCenter, @Nullable String baseUrl) {
    if (baseUrl != null) {
      return builder.baseUrl(baseUrl);
    }
    if (dataCenter == null) {
      throw CliException.usage(
          "there is no address; set MOENGAGE_DATA_CENTER, like 01, or MOENGAGE_BASE_URL");
    }
    return builder.dataCenter(dataCenter);
  }
}
