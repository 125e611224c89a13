package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No command waits for the database's socket for ever. */
class DriverTimeoutsTest {
  private static int networkTimeout(TestDatabase on, String url, DriverTimeouts timeouts)
      throws SQLException {
    try (Database database = Database.open(url, on.user(), on.password(), null, timeouts);
        Connection connection = database.dataSource().getConnection()) {
      return connection.getNetworkTimeout();
    }
  }

  private static void assertBounded(TestDatabase on, String url, DriverTimeouts timeouts)
      throws SQLException {
    assertThat(networkTimeout(on, url, timeouts)).isEqualTo((int) timeouts.socket().toMillis());
  }

  @ParameterizedTest
  @EnumSource
  void postgresDriverIsBoundedUnlessTheUrlSaysOtherwise(DriverTimeouts timeouts)
      throws SQLException {
    try (TestDatabase database = TestDatabase.postgres()) {
      assertBounded(database, database.jdbcUrl(), timeouts);
      assertThat(networkTimeout(database, database.jdbcUrl() + "?socketTimeout=7", timeouts))
          .isEqualTo(7_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void bothDriversOfMariaDbAreBoundedUnlessTheUrlSaysOtherwise(DriverTimeouts timeouts)
      throws SQLException {
    try (TestDatabase database = TestDatabase.mariadb()) {
      String url = database.jdbcUrl();
      String more = url.contains("?") ? "&" : "?";
      for (String of :
          new String[] {
            url, url.replace("jdbc:mariadb:", "jdbc:mysql:").replace("=disable", "=DISABLED")
          }) {
        assertBounded(database, of, timeouts);
        assertThat(networkTimeout(database, of + more + "socketTimeout=7000", timeouts))
            .as(of)
            .isEqualTo(7_000);
      }
    }
  }

  @Test
  void h2TakesNoSuchProperties() throws SQLException {
    try (TestDatabase database = TestDatabase.h2()) {
      assertThat(networkTimeout(database, database.jdbcUrl(), DriverTimeouts.RELAY)).isZero();
    }
  }
}
