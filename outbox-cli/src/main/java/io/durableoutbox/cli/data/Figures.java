package io.durableoutbox.cli.data;

import io.durableoutbox.OutboxException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Figures of the running outbox that only this program wants; plain SQL of every family. */
public final class Figures {
  private static final String DELIVERED =
      """
      /* outbox-cli:delivered */
      SELECT workspace, SUM(CASE WHEN started_at >= ? THEN actions ELSE 0 END), SUM(actions)
        FROM $.outbox_request
       WHERE started_at >= ? AND outcome = 'accepted'
       GROUP BY workspace
       ORDER BY workspace
      """;

  private static final String LAST_REQUESTS =
      """
      /* outbox-cli:last-requests */
      SELECT id, workspace, relay, started_at, duration_ms, status, outcome, req_id, elements, actions
        FROM $.outbox_request
       ORDER BY started_at DESC, id DESC
       LIMIT ?
      """;

  private static final String OLD_DELIVERED =
      """
      /* outbox-cli:old-delivered */
      SELECT COUNT(*) FROM $.outbox_delivered WHERE sent_at < ?
      """;

  private final DataSource dataSource;
  private final @Nullable String schema;

  Figures(DataSource dataSource, @Nullable String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  /**
   * What was delivered of late.
   *
   * @param minute how many actions within the last minute
   * @param hour how many within the last hour
   */
  record Delivered(long minute, long hour) {}

  /** A row of {@code outbox_request}, without the message, which may quote an action. */
  record LastRequest(
      UUID id,
      String workspace,
      String relay,
      Instant startedAt,
      @Nullable Integer durationMs,
      @Nullable Integer status,
      String outcome,
      @Nullable String reqId,
      int elements,
      int actions) {}

  /**
   * All of one moment, by the database's clock.
   *
   * @param delivered by workspace
   */
  record Snapshot(Instant now, Map<String, Delivered> delivered, List<LastRequest> requests) {}

  Snapshot read(int requests) {
    return on(
        session -> {
          Instant now = session.now();
          return new Snapshot(now, delivered(session, now), lastRequests(session, requests));
        });
  }

  /** Returns how many actions were delivered longer ago than that. */
  public long deliveredBefore(Duration age) {
    return on(
        session -> {
          try (PreparedStatement s = session.prepare(OLD_DELIVERED)) {
            s.setObject(1, session.time(session.now().minus(age)));
            try (ResultSet rows = s.executeQuery()) {
              rows.next();
              return rows.getLong(1);
            }
          }
        });
  }

  private static Map<String, Delivered> delivered(Session session, Instant now)
      throws SQLException {
    Map<String, Delivered> found = new TreeMap<>();
    try (PreparedStatement s = session.prepare(DELIVERED)) {
      s.setObject(1, session.time(now.minusSeconds(60)));
      s.setObject(2, session.time(now.minusSeconds(3_600)));
      try (ResultSet rows = s.executeQuery()) {
        while (rows.next()) {
          found.put(rows.getString(1), new Delivered(rows.getLong(2), rows.getLong(3)));
        }
      }
    }
    return found;
  }

  private static List<LastRequest> lastRequests(Session session, int limit) throws SQLException {
    List<LastRequest> found = new ArrayList<>();
    try (PreparedStatement s = session.prepare(LAST_REQUESTS)) {
      s.setInt(1, limit);
      try (ResultSet rows = s.executeQuery()) {
        while (rows.next()) {
          found.add(
              new LastRequest(
                  UUID.fromString(rows.getString(1)),
                  rows.getString(2),
                  rows.getString(3),
                  session.time(rows, 4),
                  number(rows, 5),
                  number(rows, 6),
                  rows.getString(7),
                  rows.getString(8),
                  rows.getInt(9),
                  rows.getInt(10)));
        }
      }
    }
    return found;
  }

  private static @Nullable Integer number(ResultSet rows, int column) throws SQLException {
    int value = rows.getInt(column);
    return rows.wasNull() ? null : value;
  }

  private interface Question<T> {
    T ask(Session session) throws SQLException;
  }

  private <T> T on(Question<T> question) {
    try (Connection connection = dataSource.getConnection()) {
      return question.ask(new Session(connection, schema));
    } catch (SQLException e) {
      throw new OutboxException(
          "Could not read the outbox's figures (SQLState " + e.getSQLState() + ")", e);
    }
  }

  /** A connection, and what differs between families: quotes, and types of time. */
  private record Session(Connection connection, String prefix, boolean mySql) {
    Session(Connection connection, @Nullable String schema) throws SQLException {
      this(connection, prefix(connection, schema), isMySql(connection));
    }

    private static String prefix(Connection connection, @Nullable String schema)
        throws SQLException {
      if (schema == null) {
        return "";
      }
      String quote = connection.getMetaData().getIdentifierQuoteString();
      return quote + schema + quote + ".";
    }

    private static boolean isMySql(Connection connection) throws SQLException {
      String product = connection.getMetaData().getDatabaseProductName();
      return product.equals("MariaDB") || product.equals("MySQL");
    }

    PreparedStatement prepare(String statement) throws SQLException {
      PreparedStatement prepared = connection.prepareStatement(statement.replace("$.", prefix));
      prepared.setQueryTimeout(30);
      return prepared;
    }

    Instant now() throws SQLException {
      String sql = mySql ? "SELECT UTC_TIMESTAMP(6)" : "SELECT CURRENT_TIMESTAMP";
      try (PreparedStatement s = prepare(sql);
          ResultSet rows = s.executeQuery()) {
        rows.next();
        return time(rows, 1);
      }
    }

    /** MySQL's columns have no zone, and are UTC. */
    Object time(Instant instant) {
      OffsetDateTime utc = instant.atOffset(ZoneOffset.UTC);
      return mySql ? utc.toLocalDateTime() : utc;
    }

    Instant time(ResultSet rows, int column) throws SQLException {
      return mySql
          ? rows.getObject(column, LocalDateTime.class).toInstant(ZoneOffset.UTC)
          : rows.getObject(column, OffsetDateTime.class).toInstant();
    }
  }
}
