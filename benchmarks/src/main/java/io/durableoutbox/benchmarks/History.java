package io.durableoutbox.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills a history as years of use would leave it: a partition for each of the past days, requests
 * of 100 actions each, some that failed before, some rejected, and some that wait in a workspace
 * that nobody serves. The rows are made by the server itself.
 */
final class History {
  private static final Logger log = LoggerFactory.getLogger("outbox.benchmark");

  /** The user who has {@link #customerActions} actions, spread over all days. */
  static final String CUSTOMER = "the-customer@example.com";

  private static final DateTimeFormatter DAY = DateTimeFormatter.BASIC_ISO_DATE;

  private final Database database;
  private final int days;
  private final long firstDay;
  private final long eachDay;
  private final int customerActions;
  private final int waiting;

  /**
   * Prepares it.
   *
   * @param days how many days before today
   * @param firstDay actions on the first of them
   * @param eachDay actions on each other
   * @param customerActions actions of one user, among them
   * @param waiting actions that wait
   */
  History(
      Database database, int days, long firstDay, long eachDay, int customerActions, int waiting) {
    this.database = database;
    this.days = days;
    this.firstDay = firstDay;
    this.eachDay = eachDay;
    this.customerActions = customerActions;
    this.waiting = waiting;
  }

  void fill() throws SQLException {
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    try (Connection connection = database.pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (int ago = days; ago >= 1; ago--) {
        day(connection, statement, today.minusDays(ago), ago == days ? firstDay : eachDay);
      }
      // As much as in any other hour, for questions about the last one.
      spread(statement, "outbox_delivered", "(now() - interval '1 hour')", 1, eachDay / 24);
      statement.execute(WAITING.replace(":n", Integer.toString(waiting)));
      statement.execute(REJECTED);
      // Not within a transaction, as a vacuum must be.
      connection.setAutoCommit(true);
      statement.execute("VACUUM ANALYZE");
    }
    log.info(
        "{} delivered, {} requests, {} waiting",
        database.number("SELECT count(*) FROM outbox_delivered"),
        database.number("SELECT count(*) FROM outbox_request"),
        database.number("SELECT count(*) FROM outbox"));
  }

  private void day(Connection connection, Statement statement, LocalDate day, long actions)
      throws SQLException {
    String table = "outbox_delivered_" + day.format(DAY);
    connection.setAutoCommit(false);
    statement.execute("CREATE TABLE " + table + " (LIKE outbox_delivered)");
    spread(statement, table, "timestamptz '" + day + " 00:00:00+00'", 24, actions);
    statement.execute(
        "ALTER TABLE outbox_delivered ATTACH PARTITION "
            + table
            + " FOR VALUES FROM ('"
            + day
            + " 00:00:00+00') TO ('"
            + day.plusDays(1)
            + " 00:00:00+00')");
    connection.commit();
    connection.setAutoCommit(true);
  }

  /** Fills so many hours. */
  private void spread(Statement statement, String table, String start, int hours, long actions)
      throws SQLException {
    long requests = Math.max(1, actions / 100);
    statement.execute(
        REQUESTS
            .replace(":start", start)
            .replace(":hours", Integer.toString(hours))
            .replace(":n", Long.toString(requests)));
    long customers = Math.max(1, (long) customerActions * hours / 24 / days);
    statement.execute(
        DELIVERED
            .replace(":table", table)
            .replace(":customer", "'" + CUSTOMER + "'")
            .replace(":every", Long.toString(Math.max(1, actions / customers)))
            .replace(":n", Long.toString(actions)));
    statement.execute(ATTEMPTS.replace(":table", table).replace(":start", start));
    statement.execute("DROP TABLE made_requests");
  }

  // Times are spread evenly over the day, as those of their actions are.
  private static final String REQUESTS =
      """
      CREATE TEMPORARY TABLE made_requests AS
      SELECT n, gen_random_uuid() AS id, :start + n * interval ':hours hours' / :n AS started_at
        FROM generate_series(0, :n - 1) n;
      INSERT INTO outbox_request (id, claim_id, started_at, duration_ms, status, elements, actions, bytes, workspace,
                                  relay, outcome, req_id, message)
      SELECT id, gen_random_uuid(), started_at, 20 + n % 80, 200, 100, 100, 46000, 'default', 'relay-' || n % 2,
             'accepted', 'r' || substr(id::text, 1, 12), 'Your request has been accepted and will be processed soon.'
        FROM made_requests
      """;

  private static final String DELIVERED =
      """
      INSERT INTO :table (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals, workspace,
                          customer_id, action, platform, attributes)
      SELECT r.started_at + interval '30 milliseconds', r.started_at - (1 + n % 997) * interval '1 millisecond',
             date_trunc('second', r.started_at) - interval '2 seconds', gen_random_uuid(), r.id,
             CASE WHEN n % 1000 = 0 THEN 2 ELSE 1 END, 0, 'default',
             CASE WHEN n % :every = 0 THEN :customer ELSE 'user-' || n % 999983 || '@example.com' END,
             CASE WHEN n % 5 = 0 THEN 'MOE_PERSONALIZATION_MESSAGE_CLICKED' ELSE 'MOE_PERSONALIZATION_MESSAGE_SHOWN' END,
             (ARRAY['web', 'android', 'ios', 'tv'])[1 + n % 4],
             ('{"cid":"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A","experience":"Experience ' || n % 20
              || '","moe_locale_id":"0","moe_variation_id":"' || n % 3
              || '","audience_name":"All Users","audience_id":"5A","type":"Web Personalization"}')::json
        FROM generate_series(0, :n - 1) n
        JOIN (SELECT n AS number, id, started_at FROM made_requests) r ON r.number = n / 100
      """;

  // One request in a thousand actions had failed before.
  private static final String ATTEMPTS =
      """
      WITH failed AS MATERIALIZED (
        SELECT event_uuid, sent_at, gen_random_uuid() AS id, row_number() OVER (ORDER BY sent_at, event_uuid) AS n
          FROM :table WHERE attempts = 2 AND sent_at >= :start),
      requests AS (
        INSERT INTO outbox_request (id, claim_id, started_at, duration_ms, status, elements, actions, bytes, workspace,
                                    relay, outcome, message)
        SELECT id, gen_random_uuid(), sent_at - interval '3 seconds', 1000, CASE WHEN n % 2 = 0 THEN 503 END, 1, 1, 500,
               'default', 'relay-' || n % 2, 'unknown', CASE WHEN n % 2 = 0 THEN 'Service Unavailable'
                                                             ELSE 'SocketTimeoutException: timeout' END
          FROM failed)
      INSERT INTO outbox_attempt (event_uuid, request_id) SELECT event_uuid, id FROM failed
      """;

  private static final String WAITING =
      """
      INSERT INTO outbox (workspace, customer_id, action, event_time, platform, attributes, attempts, last_error)
      SELECT 'waiting', 'user-' || n % 50000 || '@example.com', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web',
             '{"cid":"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A","experience":"Test Server side experience",\
      "moe_locale_id":"0","moe_variation_id":"2","audience_name":"All Users","audience_id":"5A"}'::json,
             CASE WHEN n % 10 = 0 THEN 1 ELSE 0 END, CASE WHEN n % 10 = 0 THEN 'unknown 503' END
        FROM generate_series(1, :n) n
      """;

  private static final String REJECTED =
      """
      INSERT INTO outbox_rejected (rejected_at, created_at, event_time, event_uuid, attempts, refusals, workspace,
                                   customer_id, action, platform, reason, attributes)
      SELECT now() - n * interval '5 minutes', now() - n * interval '6 minutes', now() - n * interval '6 minutes',
             gen_random_uuid(), 1, 1, 'default', 'user-' || n || '@example.com', 'MOE_PERSONALIZATION_MESSAGE_SHOWN',
             'web', 'refused 400: reason ' || n % 7, '{"cid":"c","experience":"Experience 1"}'::json
        FROM generate_series(1, 10000) n
      """;
}
