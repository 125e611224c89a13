package io.durableoutbox.testdb;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import org.testcontainers.containers.JdbcDatabaseContainer;

/** How to reach a server, wherever it comes from: the variables, a container or artifacts. */
record Login(String url, String user, String password) {
  /**
   * Reads the variables of a server.
   *
   * @param variable the one with the URL, which is set and ends with {@code _URL}
   * @param user unless the one with {@code _USER} says another
   * @param password unless the one with {@code _PASSWORD} says another
   */
  static Login of(Map<String, String> environment, String variable, String user, String password) {
    String prefix = variable.replaceFirst("_URL$", "");
    return new Login(
        Objects.requireNonNull(environment.get(variable)),
        environment.getOrDefault(prefix + "_USER", user),
        environment.getOrDefault(prefix + "_PASSWORD", password));
  }

  /** Asks a container that runs. */
  static Login of(JdbcDatabaseContainer<?> container) {
    return new Login(container.getJdbcUrl(), container.getUsername(), container.getPassword());
  }

  /** Returns the URL of another database of the server, without the parameters of this one. */
  String url(String database) {
    return url.replaceFirst("(//[^/]+/)[^?]*", "$1" + database);
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url, user, password);
  }
}
