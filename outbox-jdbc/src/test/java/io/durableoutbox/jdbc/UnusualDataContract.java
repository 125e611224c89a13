package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.InvalidActionException;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.ReceivedRequest;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ids, attributes and times that databases are known to change, from writing to the audit. */
abstract class UnusualDataContract extends DatabaseTest {
  @SuppressWarnings("NullAway.Init")
  private SimulatedDestination destination;

  @BeforeAll
  void startDestination() {
    destination = SimulatedDestination.start();
  }

  @BeforeEach
  void resetDestination() {
    destination.reset();
  }

  @AfterAll
  void closeDestination() {
    destination.close();
  }

  private void deliver(JdbcOutbox outbox, int actions) {
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(destination.baseUrl())
            .callTimeout(Duration.ofSeconds(5))
            .build();
    try (Relay relay = outbox.relay(moEngage).build()) {
      assertThat(relay.runOnce().delivered()).isEqualTo(actions);
    }
  }

  private AcceptedAction accepted(Action action) {
    return destination.accepted(action.eventUuid()).orElseThrow();
  }

  @Test
  void anIdWithEmojiAndAnAttributeOf60KilobytesArriveByteForByte() {
    String id = "\uD83D\uDC69\u200D\uD83D\uDE80 \uD83D\uDE00 Zoë 太郎";
    String attributes =
        TestOutbox.CONTEXT.replace(
            "Web Personalization",
            "\uD83D\uDE00 \\ud83d\\ude00 \\\\ \\\" % ' ? {0} ${x} :n " + "x".repeat(60_000));
    Action action =
        Action.shown(id, attributes)
            .platform(Platform.WEB)
            .userAttributes("{\"emoji\":\"\uD83C\uDDE9\uD83C\uDDEA\", \"n\":1e-7, \"n2\":10.00}")
            .build();
    db.add(action);
    deliver(db.outbox, 1);
    assertThat(accepted(action).customerId()).isEqualTo(id);
    assertThat(accepted(action).attributes()).isEqualTo(attributes);
    assertThat(destination.conflicts()).isEmpty();
    assertThat(db.query("SELECT customer_id, user_attributes, attributes FROM outbox_audit"))
        .containsExactly(
            id + "|" + action.userAttributes().orElseThrow() + "|" + action.attributes());
  }

  @Test
  void whateverAnActionTakesIsWrittenSentAndRecordedByteForByte() throws Exception {
    List<Action> actions = new ArrayList<>();
    UnusualJson.members().forEach(member -> taken(member).ifPresent(actions::add));
    assertThat(actions).hasSizeGreaterThan(150);
    db.add(actions);
    deliver(db.outbox, actions.size());
    Map<String, Action> byUuid = new HashMap<>();
    actions.forEach(action -> byUuid.put(action.eventUuid().toString(), action));
    try (Connection connection = db.pool.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT event_uuid, attributes, user_attributes FROM outbox_audit");
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        Action action = Objects.requireNonNull(byUuid.remove(rows.getString(1)));
        assertThat(rows.getString(2)).isEqualTo(action.attributes());
        assertThat(rows.getString(3)).isEqualTo(action.userAttributes().orElseThrow());
        assertThat(accepted(action).attributes()).isEqualTo(action.attributes());
      }
    }
    assertThat(byUuid).isEmpty();
  }

  @Test
  void whateverTheDestinationSaysIsRecorded() {
    String says =
        "\u201cDon\u2019t\u2026\u201d \uD83D\uDE00 \\ud83d \\u0000 \\u001b[2J ' \\\" \\\\ %s ${x} ?";
    db.add(TestOutbox.shown("user-1").build());
    destination.next(Fault.status(503, "{\"error\":\"" + says + "\"}"));
    runOnce();
    String recorded = "\u201cDon\u2019t\u2026\u201d \uD83D\uDE00 \uFFFD    [2J ' \" \\ %s ${x} ?";
    assertThat(db.one("SELECT message FROM outbox_request")).isEqualTo(recorded);
    assertThat(db.one("SELECT last_error FROM outbox")).contains(recorded);
    db.clear();
    db.add(TestOutbox.shown("user-2").build());
    destination.next(Fault.status(400, "{\"error\":\"" + says + "\"}"));
    runOnce();
    assertThat(db.one("SELECT reason FROM outbox_rejected")).contains(recorded);
  }

  private void runOnce() {
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(destination.baseUrl())
            .build();
    try (Relay relay = db.outbox.relay(moEngage).build()) {
      relay.runOnce();
    }
  }

  private static Optional<Action> taken(String member) {
    String attributes = "{" + member + "," + TestOutbox.CONTEXT.substring(1);
    try {
      return Optional.of(
          Action.shown("user-1", attributes)
              .platform(Platform.WEB)
              .userAttributes("{" + member + "}")
              .build());
    } catch (InvalidActionException e) {
      return Optional.empty();
    }
  }

  @Test
  void attributesMayBeNestedAsDeepAsTheLibraryAllows() {
    Action action =
        Action.shown(
                "user-1",
                "{\"deep\":"
                    + "[".repeat(30)
                    + "]".repeat(30)
                    + ","
                    + TestOutbox.CONTEXT.substring(1))
            .platform(Platform.WEB)
            .build();
    db.add(action);
    deliver(db.outbox, 1);
    assertThat(accepted(action).attributes()).isEqualTo(action.attributes());
  }

  @Test
  void idsThatDifferInCaseAccentOrASpaceAtTheEndAreDifferentUsers() throws Exception {
    List<String> ids =
        List.of("anna", "Anna", "ANNA", "anna ", "anna  ", "anna\t", " anna", "änna", "a\u0308nna");
    List<Action> actions = new ArrayList<>();
    for (String id : ids) {
      actions.add(TestOutbox.shown(id).build());
      actions.add(TestOutbox.shown(id).build());
    }
    db.add(actions);
    deliver(db.outbox, actions.size());
    assertThat(destination.requests())
        .extracting(ReceivedRequest::elements)
        .containsExactly(ids.size());
    for (Action action : actions) {
      assertThat(accepted(action).customerId()).isEqualTo(action.customerId());
    }
    assertThat(db.one("SELECT COUNT(DISTINCT customer_id) FROM outbox_delivered"))
        .isEqualTo(Integer.toString(ids.size()));
    for (String id : ids) {
      assertThat(countOf(id)).as(id).isEqualTo(2);
    }
  }

  private int countOf(String customerId) throws SQLException {
    try (Connection connection = db.pool.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT COUNT(*) FROM outbox_audit WHERE customer_id = ?")) {
      statement.setString(1, customerId);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  /**
   * The hours that a zone skips or has twice, as a clock on the wall in UTC or there shows them.
   */
  private static final List<Instant> TIMES =
      List.of(
          Instant.parse("2026-03-29T00:59:59Z"),
          Instant.parse("2026-03-29T01:00:00Z"),
          Instant.parse("2026-03-29T02:30:00Z"),
          Instant.parse("2026-03-08T02:30:00Z"),
          Instant.parse("2026-03-08T06:59:59Z"),
          Instant.parse("2026-03-08T07:00:00Z"),
          Instant.parse("2025-10-26T00:30:00Z"),
          Instant.parse("2025-10-26T01:30:00Z"),
          Instant.parse("2025-10-26T02:30:00Z"),
          Instant.parse("2025-11-02T01:30:00Z"),
          Instant.parse("2025-11-02T05:30:00Z"),
          Instant.parse("2025-11-02T06:30:00Z"));

  @Test
  void timesAreTheSameInEverySessionsAndJvmsZone() throws Exception {
    TimeZone before = TimeZone.getDefault();
    try {
      for (String jvm : List.of("Europe/Berlin", "America/New_York")) {
        TimeZone.setDefault(TimeZone.getTimeZone(jvm));
        try (HikariDataSource berlin = inZone("Europe/Berlin");
            HikariDataSource newYork = inZone("America/New_York")) {
          writeAndDeliver(berlin, newYork);
          writeAndDeliver(newYork, berlin);
        }
      }
    } finally {
      TimeZone.setDefault(before);
    }
  }

  private HikariDataSource inZone(String zone) {
    String set =
        switch (db.database.family()) {
          case "mysql" -> "SET time_zone = '%s'";
          default -> "SET TIME ZONE '%s'";
        };
    return db.database.pool(config -> config.setConnectionInitSql(set.formatted(zone)));
  }

  private void writeAndDeliver(HikariDataSource writer, HikariDataSource relay)
      throws SQLException {
    db.clear();
    List<Action> actions =
        TIMES.stream()
            .map(time -> TestOutbox.shown("user-" + time).eventTime(time).build())
            .toList();
    try (Connection connection = writer.getConnection()) {
      connection.setAutoCommit(false);
      JdbcOutbox.create(writer).add(connection, actions);
      connection.commit();
    }
    // Written now is available now, whatever the hour there.
    deliver(JdbcOutbox.create(relay), actions.size());
    for (Action action : actions) {
      assertThat(accepted(action).eventTime()).isEqualTo(action.eventTime());
      assertThat(
              db.one(
                  "SELECT CAST(EXTRACT(EPOCH FROM event_time) AS BIGINT) FROM outbox_audit WHERE"
                      + " event_uuid = '"
                      + action.eventUuid()
                      + "'"))
          .startsWith(Long.toString(action.eventTime().getEpochSecond()));
    }
    assertThat(
            db.one(
                "SELECT COUNT(*) FROM outbox_audit WHERE created_at BETWEEN CURRENT_TIMESTAMP -"
                    + " INTERVAL '1' MINUTE AND CURRENT_TIMESTAMP AND sent_at BETWEEN created_at AND"
                    + " CURRENT_TIMESTAMP"))
        .isEqualTo(Integer.toString(actions.size()));
  }

  @Test
  void aPoolsConnectionsKeepTheirIsolationThoughARelayUsedThem() throws Exception {
    HikariDataSource pool =
        db.database.pool(
            config -> {
              config.setMaximumPoolSize(1);
              config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
            });
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    db.add(TestOutbox.actions(3));
    deliver(outbox, 3);
    try (Connection connection = pool.getConnection()) {
      assertThat(connection.getTransactionIsolation())
          .isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      String count = "SELECT COUNT(*) FROM outbox";
      assertThat(number(connection, count)).isZero();
      db.add(TestOutbox.actions(1));
      assertThat(number(connection, count)).as("what it has seen once, it sees again").isZero();
      connection.rollback();
    }
    pool.close();
  }

  private static int number(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getInt(1);
    }
  }
}
