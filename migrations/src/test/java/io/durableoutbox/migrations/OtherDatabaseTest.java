package io.durableoutbox.migrations;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class OtherDatabaseTest {
  @Test
  void anUnknownDatabaseIsRefusedWithTheNamesOfThoseThatAreKnown() {
    var metaData = stub(DatabaseMetaData.class, Map.of("getDatabaseProductName", "Oracle"));
    var connection = stub(Connection.class, Map.of("getMetaData", metaData));
    var dataSource = stub(DataSource.class, Map.of("getConnection", connection));
    assertThatThrownBy(() -> OutboxMigrations.of(dataSource).migrate())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("PostgreSQL", "MariaDB", "MySQL", "H2", "Oracle");
  }

  @Test
  void aDatabaseThatCantBeReachedIsAnExceptionWithItsSqlState() {
    var dataSource =
        stub(DataSource.class, Map.of("getConnection", new SQLException("refused", "08001")));
    assertThatThrownBy(() -> OutboxMigrations.of(dataSource).migrate())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("08001")
        .hasCauseInstanceOf(SQLException.class);
  }

  @Test
  @SuppressWarnings("NullAway")
  void noDataSourceIsRefused() {
    assertThatThrownBy(() -> OutboxMigrations.of(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("dataSource");
  }

  private static <T> T stub(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object answer = answers.get(method.getName());
              if (answer instanceof SQLException e) {
                throw e;
              }
              return answer;
            }));
  }
}
