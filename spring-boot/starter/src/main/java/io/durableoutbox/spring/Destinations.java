package io.durableoutbox.spring;

import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.spring.MoEngageConnectionDetails.Workspace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the relay's destinations from the settings. */
final class Destinations {
  private static final String KEY_HELP =
      "it is the key of the Personalize tile in Settings > Account > APIs of MoEngage's dashboard,"
          + " and is best set by an environment variable; or define a bean of MoEngageApiKeys";

  private Destinations() {}

  /** Reads the workspaces of the settings. */
  static MoEngageConnectionDetails fromSettings(
      OutboxProperties properties, @Nullable MoEngageApiKeys keys) {
    List<Workspace> workspaces = new ArrayList<>();
    settings(properties)
        .forEach(
            (name, settings) ->
                workspaces.add(workspace(prefix(properties, name), name, settings, keys)));
    return () -> workspaces;
  }

  /** Makes new destinations, which belong to one relay. */
  static Destination[] of(
      MoEngageConnectionDetails details,
      OutboxProperties properties,
      @Nullable ThreadFactory threads) {
    List<Destination> destinations = new ArrayList<>();
    for (Workspace workspace : details.workspaces()) {
      String prefix = prefix(properties, workspace.name());
      MoEngage.Builder[] builder = new MoEngage.Builder[1];
      Setting.check(
          prefix + ".workspace-id",
          () -> builder[0] = MoEngage.workspace(workspace.id(), workspace.apiKey()));
      MoEngage.Builder b = builder[0];
      Setting.set(prefix, workspace.name(), b::name);
      Setting.set(prefix + ".base-url", workspace.baseUrl(), b::baseUrl);
      OutboxProperties.Workspace settings = settings(properties).get(workspace.name());
      if (settings != null) {
        Setting.set(prefix + ".call-timeout", settings.callTimeout(), b::callTimeout);
        Setting.set(
            prefix + ".accept-any-success", settings.acceptAnySuccess(), b::acceptAnySuccess);
      }
      if (threads != null) {
        b.threadFactory(threads);
      }
      destinations.add(b.build());
    }
    if (destinations.isEmpty()) {
      throw new OutboxStartException(
          "The outbox's relay has no MoEngage workspace to send to",
          "Set outbox.moengage.workspace-id, outbox.moengage.api-key and"
              + " outbox.moengage.data-center; or outbox.relay.enabled=false, if a relay elsewhere"
              + " sends; in a test, annotate it with @SimulatedMoEngage of outbox-spring-boot-test.");
    }
    return destinations.toArray(Destination[]::new);
  }

  private static Map<String, OutboxProperties.Workspace> settings(OutboxProperties properties) {
    Map<String, OutboxProperties.Workspace> all = new LinkedHashMap<>();
    if (properties.moengage() != null) {
      all.put(Action.DEFAULT_WORKSPACE, properties.moengage());
      if (properties.workspaces().containsKey(Action.DEFAULT_WORKSPACE)) {
        throw new OutboxStartException(
            "outbox.moengage and outbox.workspaces.default are the same workspace",
            "Remove one of them.");
      }
    }
    all.putAll(properties.workspaces());
    return all;
  }

  private static String prefix(OutboxProperties properties, String name) {
    return name.equals(Action.DEFAULT_WORKSPACE) && properties.moengage() != null
        ? "outbox.moengage"
        : "outbox.workspaces." + name;
  }

  private static Workspace workspace(
      String prefix,
      String name,
      OutboxProperties.Workspace settings,
      @Nullable MoEngageApiKeys keys) {
    String id =
        required(
            prefix + ".workspace-id",
            settings.workspaceId(),
            "it is in Settings > Account > APIs of MoEngage's dashboard");
    Supplier<String> key;
    if (keys != null) {
      key = () -> keys.keyOf(name);
    } else {
      String fixed = required(prefix + ".api-key", settings.apiKey(), KEY_HELP);
      key = () -> fixed;
    }
    return new Workspace(name, id, key, address(prefix, settings));
  }

  private static String address(String prefix, OutboxProperties.Workspace settings) {
    String url = settings.baseUrl();
    String dataCenter = settings.dataCenter();
    if (url != null && dataCenter != null) {
      throw new OutboxStartException(
          prefix + ".data-center and " + prefix + ".base-url are both set", "Remove one of them.");
    }
    if (url != null) {
      return url;
    }
    String dc =
        required(
            prefix + ".data-center",
            dataCenter,
            "it is the number in your dashboard's address, like 01 of dashboard-01.moengage.com");
    if (!dc.matches("[0-9]{2,3}")) {
      throw new OutboxStartException(
          prefix + ".data-center must be two or three digits",
          "Write it like 01 (in YAML in quotes, \"01\", since without them it is the number 1).");
    }
    return "https://sdk-" + dc + ".moengage.com";
  }

  private static String required(String property, @Nullable String value, String help) {
    if (value == null || value.isBlank()) {
      throw new OutboxStartException(
          property + " is missing", "Set " + property + ": " + help + ".");
    }
    return value;
  }
}
