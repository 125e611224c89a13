package io.durableoutbox.testdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.JdbcDatabaseContainer;
import org.testcontainers.mariadb.MariaDBContainer;
import org.testcontainers.mysql.MySQLContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** The containers are set up and asked for their login; none is started, so no engine is needed. */
class LoginTest {
  private static final String HOST = "engine.example.com";

  @Test
  void aContainerOfPostgresqlIsReachedAsOneThatTheVariablesName() {
    PostgreSQLContainer container =
        PostgresServer.setUp(
            new PostgreSQLContainer("postgres:18-alpine") {
              @Override
              public String getHost() {
                return HOST;
              }

              @Override
              public Integer getMappedPort(int port) {
                return port + 10_000;
              }
            });
    same(container, "jdbc:postgresql://" + HOST + ":15432/", "postgres", "postgres");
    assertThat(container.getCommandParts())
        .startsWith("postgres")
        .contains("fsync=off", "max_connections=200");
  }

  @Test
  void aContainerOfMariaDbIsReachedAsOneThatTheVariablesName() {
    MariaDBContainer container =
        MySqlServer.setUp(
            new MariaDBContainer("mariadb:11.4") {
              @Override
              public String getHost() {
                return HOST;
              }

              @Override
              public Integer getMappedPort(int port) {
                return port + 10_000;
              }
            });
    same(container, "jdbc:mariadb://" + HOST + ":13306/", "root", "outbox");
    assertThat(container.getCommandParts()).containsExactlyElementsOf(MySqlServer.OPTIONS);
  }

  @Test
  void aContainerOfMySqlIsReachedAsOneThatTheVariablesName() {
    MySQLContainer container =
        MySqlServer.setUp(
            new MySQLContainer("mysql:9") {
              @Override
              public String getHost() {
                return HOST;
              }

              @Override
              public Integer getMappedPort(int port) {
                return port + 10_000;
              }
            });
    same(container, "jdbc:mysql://" + HOST + ":13306/", "root", "outbox");
    assertThat(container.getCommandParts()).containsExactlyElementsOf(MySqlServer.OPTIONS);
  }

  private static void same(
      JdbcDatabaseContainer<?> container, String server, String user, String password) {
    Login fromContainer = Login.of(container);
    Map<String, String> variables =
        Map.of("X_URL", server + "test", "X_USER", user, "X_PASSWORD", password);
    Login fromVariables = Login.of(variables, "X_URL", "somebody", "else");
    assertThat(fromContainer.url("orders")).isEqualTo(fromVariables.url("orders"));
    assertThat(fromContainer.user()).isEqualTo(fromVariables.user());
    assertThat(fromContainer.password()).isEqualTo(fromVariables.password());
    assertThat(Login.of(Map.of("X_URL", server), "X_URL", user, password))
        .isEqualTo(new Login(server, user, password));
  }
}
