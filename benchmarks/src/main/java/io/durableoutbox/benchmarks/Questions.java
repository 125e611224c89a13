package io.durableoutbox.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long each question of {@code docs/audit.md} takes, as a client sees it. */
final class Questions {
  private static final Path COOKBOOK = Path.of("../docs/audit.md");
  private static final Pattern QUESTION =
      Pattern.compile(
          "^### (\\d.+?)\\n+```sql\\n(.*?);\\n```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final int TIMES = 7;
  private static final String A_CUSTOMER = "john@example.com";

  /** One of a million users; has an action a day. */
  private static final String USUAL = "user-4711@example.com";

  private final Database database;
  private final StringBuilder report;

  Questions(Database database, StringBuilder report) {
    this.database = database;
    this.report = report;
  }

  /** Asks each several times and reports the median and the slowest. */
  void ask() throws IOException, SQLException {
    Map<String, String> literals = literals();
    Matcher questions = QUESTION.matcher(Files.readString(COOKBOOK));
    double slowest = 0;
    int asked = 0;
    while (questions.find()) {
      String query = questions.group(2);
      for (Map.Entry<String, String> literal : literals.entrySet()) {
        query = query.replace(literal.getKey(), literal.getValue());
      }
      slowest = Math.max(slowest, ask(questions.group(1), query.replace(A_CUSTOMER, USUAL)));
      asked++;
      if (query.contains(A_CUSTOMER)) {
        ask(
            "the same, of a customer with 10,000 actions",
            query.replace(A_CUSTOMER, History.CUSTOMER));
      }
    }
    report.append(
        String.format(Locale.ROOT, "%n%d questions; slowest median %.1f ms%n", asked, slowest));
  }

  private double ask(String name, String query) throws SQLException {
    List<Double> millis = new ArrayList<>();
    int rows = 0;
    for (int i = 0; i < TIMES; i++) {
      long started = System.nanoTime();
      rows = rows(query);
      millis.add((System.nanoTime() - started) / 1e6);
    }
    double median = Figures.median(millis);
    report.append(
        String.format(
            Locale.ROOT,
            "| %s | %,d | %.1f | %.1f |%n",
            name,
            rows,
            median,
            millis.stream().mapToDouble(Double::doubleValue).max().orElseThrow()));
    return median;
  }

  private int rows(String query) throws SQLException {
    try (Connection connection = database.pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      int n = 0;
      while (rows.next()) {
        n++;
      }
      return n;
    }
  }

  /** What stands in the cookbook for something of the reader's, and what there is of it here. */
  private Map<String, String> literals() throws SQLException {
    String event =
        "FROM outbox_delivered WHERE attempts = 2 AND sent_at >= current_date - interval '15 days'"
            + " AND sent_at < current_date - interval '14 days' ORDER BY sent_at, event_uuid LIMIT 1";
    Map<String, String> literals = new LinkedHashMap<>();
    literals.put("9b2d7c1e-5f3a-4e86-8c4d-2a1b0f9e8d7c", text("SELECT event_uuid " + event));
    literals.put(
        "SKuSLFnX",
        text(
            "SELECT r.req_id FROM outbox_request r WHERE r.id = (SELECT request_id "
                + event
                + ")"));
    String day = text("SELECT (current_date - 15)::text");
    literals.put("2026-10-05 12:00:00+00", day + " 12:00:00+00");
    literals.put("2026-10-05 13:00:00+00", day + " 13:00:00+00");
    return literals;
  }

  private String text(String query) throws SQLException {
    try (Connection connection = database.pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
