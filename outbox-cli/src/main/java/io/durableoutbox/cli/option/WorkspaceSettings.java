package io.durableoutbox.cli.option;

import io.durableoutbox.cli.shell.CliException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A workspace of the settings file: {@code workspace.NAME.id} and so on.
 *
 * @param name its name in {@code outbox.workspace}
 */
record WorkspaceSettings(String name, Map<String, String> values) {
  private static final Pattern KEY =
      Pattern.compile("(.{1,64})\\.(id|api-key|api-key-file|data-center|base-url)");

  static boolean isKnown(String key) {
    return key.startsWith(Settings.WORKSPACE_PREFIX)
        && KEY.matcher(key.substring(Settings.WORKSPACE_PREFIX.length())).matches();
  }

  /** Returns those of the file, by name. */
  static Iterable<WorkspaceSettings> of(Settings settings) {
    Map<String, WorkspaceSettings> found = new TreeMap<>();
    settings
        .workspaces()
        .forEach(
            (key, value) -> {
              Matcher matcher = KEY.matcher(key);
              if (matcher.matches()) {
                String name = matcher.group(1);
                found
                    .computeIfAbsent(name, n -> new WorkspaceSettings(n, new TreeMap<>()))
                    .values
                    .put(matcher.group(2), value);
              }
            });
    return found.values();
  }

  @Nullable String get(String key) {
    return values.get(key);
  }

  String id() {
    return required("id", Optional.ofNullable(values.get("id")));
  }

  Secret apiKey() {
    return required("api-key", Settings.secret(values, "api-key", "api-key-file"));
  }

  private <T> T required(String key, Optional<T> value) {
    return value.orElseThrow(
        () ->
            CliException.usage(
                "workspace "
                    + name
                    + " of the settings file has no "
                    + key
                    + "; add workspace."
                    + name
                    + "."
                    + key));
  }

  @Override
  public String toString() {
    return "WorkspaceSettings[" + name + "]";
  }
}
