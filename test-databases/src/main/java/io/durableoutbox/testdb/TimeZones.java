package io.durableoutbox.testdb;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;

/** The named zones of the tests' sessions, which a server without the system's tables lacks. */
final class TimeZones {
  private static final List<String> NAMES = List.of("Europe/Berlin", "America/New_York");
  private static final Instant FROM = Instant.parse("2009-01-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2037-01-01T00:00:00Z");

  private TimeZones() {}

  static void load(Connection connection) throws SQLException {
    for (String name : NAMES) {
      try (Statement statement = connection.createStatement()) {
        if (!knows(statement, name)) {
          load(statement, name, ZoneId.of(name).getRules());
        }
      }
    }
  }

  private static boolean knows(Statement statement, String name) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT CONVERT_TZ('2026-01-01 00:00:00', '+00:00', '" + name + "')")) {
      return row.next() && row.getString(1) != null;
    }
  }

  private static void load(Statement statement, String name, ZoneRules rules) throws SQLException {
    statement.execute("INSERT INTO mysql.time_zone (Use_leap_seconds) VALUES ('N')");
    long id;
    try (ResultSet row = statement.executeQuery("SELECT LAST_INSERT_ID()")) {
      row.next();
      id = row.getLong(1);
    }
    int summer = 1;
    for (int type = 0; type <= summer; type++) {
      int offset = rules.getStandardOffset(FROM).getTotalSeconds() + type * 3600;
      statement.execute(
          "INSERT INTO mysql.time_zone_transition_type VALUES (%d, %d, %d, %d, 'X%d')"
              .formatted(id, type, offset, type, type));
    }
    ZoneOffsetTransition next = rules.nextTransition(FROM);
    while (next != null && next.getInstant().isBefore(TO)) {
      statement.execute(
          "INSERT INTO mysql.time_zone_transition VALUES (%d, %d, %d)"
              .formatted(id, next.getInstant().getEpochSecond(), next.isGap() ? summer : 0));
      next = rules.nextTransition(next.getInstant());
    }
    // Last, since a server remembers a zone from when it first finds its name.
    statement.execute("INSERT INTO mysql.time_zone_name VALUES ('%s', %d)".formatted(name, id));
  }
}
