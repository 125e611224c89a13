package io.durableoutbox.cli;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;

/**
 * What every command does on a family where a schema is another database of the server. The program
 * logs in as an ordinary user with a password, by whatever the server uses for that by default.
 */
abstract class MySqlCommandsContract extends CommandsContract {
  private static final String PASSWORD = "correct horse";
  private static final String USER = "cli" + ProcessHandle.current().pid();

  /** Returns what the URL needs for the server's authentication. */
  String parameters() {
    return "";
  }

  @Override
  Cli cli(TestDatabase database) {
    String name = name(database);
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE USER " + USER + " IDENTIFIED BY '" + PASSWORD + "'");
      statement.execute("GRANT ALL ON " + name + ".* TO " + USER);
      statement.execute("GRANT ALL ON " + schema(database) + ".* TO " + USER);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return Cli.on(database)
        .with(
            "OUTBOX_JDBC_URL",
            database.jdbcUrl().replaceFirst("jdbc:mysql:", "jdbc:mariadb:") + parameters())
        .with("OUTBOX_JDBC_USER", USER)
        .with("OUTBOX_JDBC_PASSWORD", PASSWORD);
  }

  @Override
  String schema(TestDatabase database) {
    return name(database) + "_events";
  }

  private static String name(TestDatabase database) {
    Matcher name = Pattern.compile("//[^/]+/([^?]+)").matcher(database.jdbcUrl());
    if (!name.find()) {
      throw new IllegalStateException("no database in the URL");
    }
    return name.group(1);
  }

  @Override
  Cli readOnly(Cli cli) throws SQLException {
    execute("SET GLOBAL read_only = 1");
    return cli;
  }

  @AfterEach
  void dropUser() throws SQLException {
    execute("SET GLOBAL read_only = 0");
    execute("DROP USER " + USER);
  }
}
