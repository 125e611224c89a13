package io.durableoutbox.cli.option;

import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Settings that are not given as options: the environment's, and a properties file's, which has the
 * same names. An option's name there is its {@code descriptionKey}.
 */
public final class Settings implements IDefaultValueProvider {
  /** The variable that names the file. */
  static final String CONFIG = "OUTBOX_CONFIG";

  /** What the file may have for more workspaces than one: {@code workspace.NAME.KEY}. */
  static final String WORKSPACE_PREFIX = "workspace.";

  private static final String FILE_SUFFIX = "_FILE";

  private final Map<String, String> environment;
  private final Map<String, String> file = new TreeMap<>();

  private Settings(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * Reads the file that {@code --config} or the environment names, if any.
   *
   * @param known the names that options have
   */
  public static Settings read(String[] args, Map<String, String> environment, Set<String> known) {
    Settings settings = new Settings(environment);
    String path = configOption(args).orElse(environment.getOrDefault(CONFIG, ""));
    if (!path.isEmpty()) {
      settings.readFile(path, known);
    }
    return settings;
  }

  /** The parser asks for defaults before it knows this option, wherever it stands. */
  private static Optional<String> configOption(String[] args) {
    Optional<String> found = Optional.empty();
    for (int i = 0; i < args.length; i++) {
      if (args[i].startsWith("--config=")) {
        found = Optional.of(args[i].substring("--config=".length()));
      } else if (args[i].equals("--config") && i + 1 < args.length) {
        found = Optional.of(args[i + 1]);
      }
    }
    return found;
  }

  private void readFile(String path, Set<String> known) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(path), StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new CliException(
          ExitCode.USAGE,
          "the settings file "
              + path
              + " can't be read ("
              + e.getClass().getSimpleName()
              + "); --config and "
              + CONFIG
              + " name a properties file in UTF-8",
          e);
    }
    for (String name : properties.stringPropertyNames()) {
      if (!known.contains(name) && !WorkspaceSettings.isKnown(name)) {
        throw CliException.usage(
            "the settings file "
                + path
                + " has "
                + name
                + ", which is no setting; it takes the names of the environment variables, which"
                + " --help shows in brackets, and workspace.NAME.id, api-key, api-key-file,"
                + " data-center and base-url");
      }
      file.put(name, properties.getProperty(name));
    }
  }

  /** Returns a setting that is not empty, the environment's before the file's. */
  Optional<String> get(String name) {
    return notEmpty(environment.get(name)).or(() -> notEmpty(file.get(name)));
  }

  /** Returns a secret, or where it is to be read from, by the same precedence. */
  public Optional<Secret> secret(String name) {
    return secret(environment, name, name + FILE_SUFFIX)
        .or(() -> secret(file, name, name + FILE_SUFFIX));
  }

  public static Optional<Secret> secret(Map<String, String> from, String name, String fileName) {
    return notEmpty(from.get(name))
        .map(value -> new Secret(value, null))
        .or(
            () ->
                notEmpty(from.get(fileName))
                    .map(path -> new Secret(null, CliPaths.of(fileName, path))));
  }

  /** Returns what the file says of workspaces, by its names without the prefix. */
  Map<String, String> workspaces() {
    Map<String, String> found = new TreeMap<>();
    file.forEach(
        (name, value) -> {
          if (name.startsWith(WORKSPACE_PREFIX)) {
            found.put(name.substring(WORKSPACE_PREFIX.length()), value);
          }
        });
    return found;
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || isSecret(option)) {
      return null;
    }
    return name(option).flatMap(this::get).orElse(null);
  }

  /** Returns an option's name here, if it has one; the parser's own options have other keys. */
  public static Optional<String> name(OptionSpec option) {
    return notEmpty(option.descriptionKey()).filter(key -> key.matches("[A-Z_]+"));
  }

  /** Secrets have two options each, and a precedence of their own. */
  private static boolean isSecret(OptionSpec option) {
    return option.interactive() || name(option).filter(n -> n.endsWith(FILE_SUFFIX)).isPresent();
  }

  private static Optional<String> notEmpty(@Nullable String value) {
    return value == null || value.isEmpty() ? Optional.empty() : Optional.of(value);
  }
}
