package io.durableoutbox.examples;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the shop runs: by default a new H2 file and the simulated destination.
 *
 * @param workspaceId of the real API, or null for the simulated destination
 */
record ShopSettings(
    String jdbcUrl,
    String jdbcUser,
    String jdbcPassword,
    @Nullable String workspaceId,
    @Nullable String apiKey,
    @Nullable String dataCenter) {

  static final String USAGE =
      "Options: --jdbc-url URL --jdbc-user USER --jdbc-password PASSWORD (PostgreSQL, MariaDB or H2)."
          + " Environment: MOENGAGE_WORKSPACE_ID, MOENGAGE_API_KEY and MOENGAGE_DATA_CENTER send to"
          + " the real API.";

  static ShopSettings of(String[] args, Map<String, String> environment) throws IOException {
    String url = null;
    String user = "sa";
    String password = "";
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        throw new IllegalArgumentException(args[i] + " needs a value. " + USAGE);
      }
      switch (args[i]) {
        case "--jdbc-url" -> url = args[i + 1];
        case "--jdbc-user" -> user = args[i + 1];
        case "--jdbc-password" -> password = args[i + 1];
        default -> throw new IllegalArgumentException("unknown option " + args[i] + ". " + USAGE);
      }
    }
    if (url == null) {
      Path folder = Files.createTempDirectory("outbox-shop");
      url = "jdbc:h2:file:" + folder.resolve("shop");
    }
    String workspaceId = environment.get("MOENGAGE_WORKSPACE_ID");
    String apiKey = environment.get("MOENGAGE_API_KEY");
    String dataCenter = environment.get("MOENGAGE_DATA_CENTER");
    if (workspaceId != null && (apiKey == null || dataCenter == null)) {
      throw new IllegalArgumentException(
          "with MOENGAGE_WORKSPACE_ID also set MOENGAGE_API_KEY and MOENGAGE_DATA_CENTER");
    }
    return new ShopSettings(url, user, password, workspaceId, apiKey, dataCenter);
  }

  HikariDataSource pool() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setUsername(jdbcUser);
    config.setPassword(jdbcPassword);
    return new HikariDataSource(config);
  }

  /** Returns the URL without its parameters, which may hold a password. */
  String databaseName() {
    return jdbcUrl.replaceFirst("[?;].*", "");
  }

  /** Without passwords and keys. */
  @Override
  public String toString() {
    return "ShopSettings[" + databaseName() + "]";
  }
}
