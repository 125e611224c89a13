package io.durableoutbox.jdbc;

import static io.durableoutbox.jdbc.AuditCookbookData.EVENT;
import static io.durableoutbox.jdbc.AuditCookbookData.OPERATION;
import static io.durableoutbox.jdbc.AuditCookbookData.event;
import static io.durableoutbox.jdbc.AuditCookbookData.request;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.durableoutbox.jdbc.AuditCookbook.Question;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every query of {@code docs/audit.md}, as it stands there, finds what it says, on any database.
 */
abstract class AuditCookbookContract extends DatabaseTest {
  private static final String SHOWN = "MOE_PERSONALIZATION_MESSAGE_SHOWN";
  private static final String CLICKED = "MOE_PERSONALIZATION_MESSAGE_CLICKED";

  /** The rows of each question by its number; {@code *} is whatever the clock makes it. */
  private Map<Integer, List<String>> expected() {
    Map<Integer, List<String>> rows = new LinkedHashMap<>();
    rows.put(
        1,
        List.of("delivered | default | 2 | SKuSLFnX | 12:00:00Z | 12:00:30Z | null | null | null"));
    rows.put(
        2,
        List.of(
            "12:00:10Z | 5000 | relay-2 | 503 | unknown | null | Unavailable",
            "12:00:29.800Z | 200 | relay-1 | 200 | accepted | SKuSLFnX | null"));
    rows.put(
        3,
        List.of(
            "12:00:00Z | written | null | " + SHOWN,
            "12:00:10Z | unknown | relay-2 | Unavailable",
            "12:00:20Z | requeue | anna | cause mended",
            "12:00:29.800Z | accepted | relay-1 | null",
            "12:00:30Z | delivered | null | SKuSLFnX"));
    rows.put(
        4,
        List.of(
            event(2) + " | mary@example.com | " + CLICKED + " | ios | delivered | SKuSLFnX",
            EVENT + " | john@example.com | " + SHOWN + " | web | delivered | SKuSLFnX"));
    rows.put(
        5,
        List.of(
            event(2) + " | mary@example.com | " + CLICKED + " | ios | 12:00:19Z | 12:00:30Z",
            EVENT + " | john@example.com | " + SHOWN + " | web | 11:59:59Z | 12:00:30Z"));
    rows.put(
        6,
        List.of(
            "12:00:30Z | 11:59:59Z | "
                + String.join(" | ", SHOWN, "web", EVENT, "SKuSLFnX", AuditCookbookData.CONTEXT)));
    rows.put(
        7,
        List.of(
            "SKuSLFnX | 12:00:29.800Z | 200 | 2 | relay-1",
            "SKuSLFnY | 12:29:59.900Z | 200 | 1 | relay-1",
            "SKuSLFnZ | 12:31:00Z | 200 | 1 | relay-2"));
    rows.put(8, List.of("default | " + CLICKED + " | 1", "default | " + SHOWN + " | 2"));
    rows.put(
        9,
        List.of(
            "11:00:00Z | Summer sale | 1 | web | " + SHOWN + " | 1",
            "12:00:00Z | Summer sale | 2 | ios | " + CLICKED + " | 1",
            "12:00:00Z | null | null | web | " + SHOWN + " | 1"));
    rows.put(10, List.of("12:00:00Z | 3 | 10 | 28 | 29.6"));
    rows.put(11, List.of(event(3) + " | SKuSLFnZ | 12:31:00Z | relay-2"));
    rows.put(12, List.of(EVENT + " | 2 | 12:00:30Z | 12:00:10Z | 503 | relay-2 | Unavailable"));
    rows.put(
        13,
        List.of(
            "12:00:00Z | accepted | 3 | 1.3 | 1.3 | 600 | 900",
            "12:00:00Z | unknown | 1 | 1 | 1 | 500 | 500"));
    onCall(rows);
    auditAndPrivacy(rows);
    return rows;
  }

  private static void onCall(Map<Integer, List<String>> rows) {
    rows.put(
        14,
        List.of(
            "default | 2 | 0 | 1 | * | * | timeout | * | * | unavailable | connection refused",
            "eu | 1 | 1 | 0 | * | * | null | null | null | null | null"));
    rows.put(15, List.of("default | * | * | unavailable | connection refused | relay-1 | 3"));
    rows.put(16, List.of("relay-1 | eu | 1 | *"));
    rows.put(17, List.of(event(9) + " | default | retrying | 3 | * | * | timeout"));
    rows.put(
        18,
        List.of(
            "default | refused | 400 | bad | 1 | 2 | *",
            "default | unavailable | null | refused | 1 | 1 | *",
            "default | unknown | null | timeout | 1 | 1 | *"));
    rows.put(
        19,
        List.of(
            request(7) + " | relay-1 | * | 20000 | null | unknown | 1 | 500",
            request(5) + " | relay-1 | * | 120 | 200 | accepted | 1 | 500",
            request(6) + " | relay-2 | * | 80 | 400 | refused | 2 | 500",
            request(8) + " | relay-1 | * | 5 | null | unavailable | 1 | 500"));
    rows.put(20, List.of("* | 1"));
    rows.put(
        21,
        List.of(
            "relay-1 | default | accepted | 1 | 1 | *",
            "relay-1 | default | unavailable | 1 | 1 | *",
            "relay-1 | default | unknown | 1 | 1 | *",
            "relay-2 | default | refused | 1 | 2 | *"));
    rows.put(
        22,
        List.of(
            event(9) + " | 2 | * | timeout",
            event(11) + " | 1 | * | bad",
            event(12) + " | 1 | * | bad"));
    rows.put(
        23,
        List.of(
            "default | refused 400: bad | 2 | * | * | " + event(11),
            "eu | refused 413: large | 1 | * | * | " + event(13)));
  }

  private void auditAndPrivacy(Map<Integer, List<String>> rows) {
    rows.put(
        24,
        List.of(
            "12:40:00Z | 12:40:00Z | pause | eu | 0 | anna | key rotation | null | " + request(96),
            "12:20:00Z | 12:20:00Z | cancel | default | 1 | ben | campaign withdrawn | one customer | "
                + request(99),
            "12:00:20Z | 12:00:21Z | requeue | default | 1 | anna | cause mended | state rejected | "
                + OPERATION));
    rows.put(25, List.of(EVENT + " | delivered | 2 | 12:00:00Z | 12:00:30Z | null | null"));
    rows.put(26, List.of("12:00:20Z | requeue | anna | cause mended | " + OPERATION));
    rows.put(27, List.of("12:20:00Z | " + event(15) + " | default | 1 | ben | campaign withdrawn"));
    rows.put(
        28,
        List.of(
            "cancelled | 1 | 12:05:00Z | 12:05:00Z | 0",
            "delivered | 1 | 12:00:00Z | 12:00:00Z | 0",
            "pending | 1 | * | * | 1"));
    rows.put(
        29,
        switch (db.database.family()) {
          case "h2" ->
              List.of(
                  "outbox | 3 | 3 | null",
                  "outbox_delivered | 4 | 3 | null",
                  "outbox_rejected | 5 | 5 | null");
          case "mysql" ->
              List.of(
                  "outbox | 3 | 3 | *",
                  "outbox_delivered | 4 | 3 | *",
                  "outbox_rejected | 5 | 5 | *");
          default ->
              List.of(
                  "outbox | 3 | 3 | *",
                  "* | 1 | 1 | *",
                  "outbox_delivered_default | 3 | 2 | *",
                  "outbox_rejected | 5 | 5 | *");
        });
    rows.put(30, List.of("default | 3 | 2 | 2 | 0"));
    rows.put(
        31,
        List.of(
            "partitions | null | null | null",
            "purge | 03:00:00Z | relay-1 | rows and not partitions",
            "redaction | null | null | null"));
    rows.put(
        32, List.of(event(16) + " | default | 12:31:00Z | SKuSLFnZ | relay-2 | " + request(4)));
  }

  @TestFactory
  Stream<DynamicTest> everyQuestionIsAnswered() {
    AuditCookbookData.insert(db);
    if (!db.database.family().equals("mysql")) {
      db.execute("ANALYZE");
    }
    Map<Integer, List<String>> expected = expected();
    return AuditCookbook.questions().stream()
        .map(
            question ->
                dynamicTest(
                    question.heading(),
                    () -> {
                      List<String> rows =
                          requireNonNull(
                              expected.get(number(question)), "has no expected rows here");
                      assertThat(answer(question.query(db.database.family()), rows))
                          .containsExactlyElementsOf(rows);
                    }));
  }

  @Test
  void personalDataThatWaitsIsCountedThoughNothingWasEverAnalysed() {
    // Which forgets what was counted, too.
    db.execute("TRUNCATE TABLE outbox");
    db.add(TestOutbox.actions(17));
    assertThat(db.query(AuditCookbook.questions().get(28).query(db.database.family())))
        .anyMatch(row -> row.startsWith("outbox|17|17|"));
  }

  @Test
  void theQuestionsAreNumberedAndEachHasItsAnswerHere() {
    List<Integer> numbers = AuditCookbook.questions().stream().map(q -> number(q)).toList();
    assertThat(numbers).isSorted().containsExactlyElementsOf(expected().keySet());
  }

  @Test
  void theContractOfTheViewsIsWhatTheDatabaseHas() {
    for (String view : List.of("outbox_audit", "outbox_audit_attempt")) {
      List<String> columns =
          db.query(
              "SELECT LOWER(column_name) FROM information_schema.columns WHERE LOWER(table_name) = '"
                  + view
                  + (db.database.family().equals("mysql") ? "' AND table_schema = DATABASE()" : "'")
                  + " ORDER BY ordinal_position");
      String table =
          AuditCookbook.text().split("### View `" + view + "`", -1)[1].split("\n##", -1)[0];
      List<String> documented =
          table
              .lines()
              .filter(line -> line.startsWith("| `"))
              .map(line -> line.replaceFirst("\\| `(\\w+)`.*", "$1"))
              .toList();
      assertThat(documented).as(view).containsExactlyElementsOf(columns);
    }
  }

  private static int number(Question question) {
    return Integer.parseInt(question.heading().replaceFirst("\\..*", ""));
  }

  /** Runs a query; cells that are expected to be anything become {@code *}. */
  private List<String> answer(String sql, List<String> expected) {
    return db.inTransaction(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery(sql)) {
            List<String> lines = new ArrayList<>();
            while (rows.next()) {
              String like = lines.size() < expected.size() ? expected.get(lines.size()) : "";
              lines.add(line(rows, like.split(" \\| ", -1)));
            }
            return lines;
          }
        });
  }

  private String line(ResultSet rows, String[] like) throws SQLException {
    List<String> cells = new ArrayList<>();
    for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
      boolean any = i <= like.length && like[i - 1].equals("*");
      cells.add(any ? "*" : cell(rows, i));
    }
    return String.join(" | ", cells);
  }

  private String cell(ResultSet rows, int column) throws SQLException {
    int type = rows.getMetaData().getColumnType(column);
    if (rows.getString(column) == null) {
      return "null";
    }
    if (type == Types.TIMESTAMP || type == Types.TIMESTAMP_WITH_TIMEZONE) {
      String time = rows.getString(column);
      Instant instant =
          db.database.family().equals("mysql")
              ? LocalDateTime.parse(time.replace(' ', 'T')).toInstant(ZoneOffset.UTC)
              : rows.getObject(column, OffsetDateTime.class).toInstant();
      return instant.toString().replace("2026-10-05T", "");
    }
    if (type == Types.NUMERIC || type == Types.DECIMAL || type == Types.DOUBLE) {
      BigDecimal number = rows.getBigDecimal(column).stripTrailingZeros();
      return number.toPlainString();
    }
    return rows.getString(column);
  }
}
