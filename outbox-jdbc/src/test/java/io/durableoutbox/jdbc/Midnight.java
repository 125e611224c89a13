package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** For tests whose days must be the same at their end as at their start. */
public final class Midnight {
  private static final Duration ENOUGH = Duration.ofSeconds(30);

  private Midnight() {}

  /** Waits for the next day in UTC, by the database's clock, if it is about to begin. */
  public static void keepAwayFrom(TestDatabase database) {
    try (Connection connection =
        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password())) {
      Await.value(
          "the seconds until midnight",
          () -> secondsUntilMidnight(connection),
          left -> left > ENOUGH.toSeconds());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long secondsUntilMidnight(Connection connection) throws SQLException {
    String now =
        TestDatabase.words(
            connection, "SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) AS BIGINT)");
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(now)) {
      row.next();
      long day = Duration.ofDays(1).toSeconds();
      return day - row.getLong(1) % day;
    }
  }
}
