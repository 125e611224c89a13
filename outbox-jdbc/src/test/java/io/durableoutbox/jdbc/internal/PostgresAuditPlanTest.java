package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.AuditCookbook;
import io.durableoutbox.jdbc.AuditCookbookData;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.audit.AuditCursor;
import io.durableoutbox.jdbc.internal.audit.AuditCursor.Part;
import io.durableoutbox.jdbc.internal.audit.AuditQuery;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit among 1,000,000 deliveries in 31 partitions: 14,000 of them in the hour of {@code
 * docs/audit.md} and 14,000 in the last hour, which is what 10,000,000 a month come to. Each query
 * reads what it is about, and logs its time.
 */
@TestInstance(Lifecycle.PER_CLASS)
class PostgresAuditPlanTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test.audit");

  // An hour has 14,000 rows, and the test's own few.
  private static final long HOUR = 14_100;

  private static final Set<String> NOT_SCANNED =
      Set.of("outbox_request", "outbox_attempt", "outbox_rejected");

  private final TestOutbox db = new TestOutbox(TestDatabase.postgres(), config -> {});
  private final PostgresDialect dialect = new PostgresDialect("");

  @BeforeAll
  void load() {
    db.execute(PARTITIONS);
    List<String> indexes =
        db.query(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'outbox_delivered' AND indexname"
                + " NOT LIKE '%pk'");
    // Made at the end they take a third of the time.
    indexes.forEach(index -> db.execute("DROP INDEX " + index.replaceFirst("\\|.*", "")));
    db.execute(REQUESTS);
    db.execute(FAILED_REQUESTS);
    db.execute(DELIVERED);
    indexes.forEach(
        index -> db.execute(index.replaceFirst(".*\\|", "").replace(" ON ONLY ", " ON ")));
    db.execute(ATTEMPTS);
    db.execute(WAITING);
    db.execute(REJECTED);
    AuditCookbookData.insert(db);
    db.execute("ANALYZE");
  }

  @AfterAll
  void close() {
    db.close();
  }

  private static final String PARTITIONS =
      """
      DO $$
      DECLARE
        d date;
      BEGIN
        FOR d IN SELECT generate_series(date '2026-09-07', date '2026-10-05', interval '1 day')
                  UNION SELECT (now() AT TIME ZONE 'UTC')::date - 1 LOOP
          EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF outbox_delivered FOR VALUES FROM (%L) TO (%L)',
                         'outbox_delivered_' || to_char(d, 'YYYYMMDD'), d || ' 00:00:00+00', (d + 1) || ' 00:00:00+00');
        END LOOP;
      END
      $$
      """;

  // 280 in the hour, 280 in the last hour, the others over 29 days; 50 actions each.
  private static final String REQUESTS =
      """
      INSERT INTO outbox_request (id, claim_id, started_at, duration_ms, status, elements, actions, bytes, workspace,
                                  relay, outcome, req_id)
      SELECT md5('r' || n)::uuid, md5('c' || n)::uuid,
             CASE WHEN n <= 280 THEN timestamptz '2026-10-05 12:00:00+00' + n * interval '12.8 seconds'
                  WHEN n <= 560 THEN now() - (n - 280) * interval '12.8 seconds'
                  ELSE s.at + CASE WHEN s.at >= timestamptz '2026-10-05 12:00:00+00' THEN interval '1 hour'
                                   ELSE interval '0' END END,
             100 + n % 400, 200, 50, 50, 20000 + n % 1000, 'default', 'relay-' || n % 3, 'accepted', 'req-' || n
        FROM generate_series(1, 20000) AS n,
             LATERAL (SELECT timestamptz '2026-09-07 00:00:00+00'
                             + (n - 560) * (interval '695 hours' / 19440.0)) AS s(at)
      """;

  private static final String FAILED_REQUESTS =
      """
      INSERT INTO outbox_request (id, claim_id, started_at, duration_ms, status, elements, actions, bytes, workspace,
                                  relay, outcome, message)
      SELECT md5('f' || n)::uuid, md5('g' || n)::uuid,
             CASE WHEN n <= 20 THEN timestamptz '2026-10-05 12:00:00+00' + n * interval '100 seconds'
                  WHEN n <= 40 THEN now() - (n - 20) * interval '100 seconds'
                  ELSE timestamptz '2026-09-07 00:00:00+00' + n * interval '20 minutes' END,
             100 + n % 400, 503, 50, 50, 20000 + n % 1000, 'default', 'relay-' || n % 3, 'unknown', '503'
        FROM generate_series(1, 2000) AS n
      """;

  private static final String DELIVERED =
      """
      INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                    workspace, customer_id, action, platform, attributes)
      SELECT r.started_at + interval '0.1 seconds', r.started_at - k * interval '0.1 seconds',
             r.started_at - k * interval '0.1 seconds', md5('e' || r.req_id || '-' || k)::uuid, r.id,
             CASE WHEN k = 1 THEN 2 ELSE 1 END, 0, 'default', 'user-' || (hashtext(r.req_id || k) & 262143),
             'MOE_PERSONALIZATION_MESSAGE_SHOWN', (ARRAY['web', 'ios', 'android'])[1 + k % 3],
             replace(replace('{"cid":"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A","experience":"Experience k",'
                             '"moe_locale_id":"0","moe_variation_id":"v","audience_name":"All Users",'
                             '"audience_id":"5A","type":"Web Personalization"}', 'k"', k % 7 || '"'),
                     '"v"', '"' || k % 3 || '"')::json
        FROM outbox_request r, generate_series(1, 50) AS k
       WHERE r.outcome = 'accepted'
      """;

  private static final String ATTEMPTS =
      """
      INSERT INTO outbox_attempt (event_uuid, request_id)
      SELECT md5('ereq-' || n || '-' || k)::uuid, md5('f' || n)::uuid
        FROM generate_series(1, 2000) AS n, generate_series(1, 50) AS k
      """;

  private static final String WAITING =
      """
      INSERT INTO outbox (created_at, event_time, customer_id, action, platform, attributes, attempts, last_error,
                          unknown_since)
      SELECT now() - n * interval '1 second', now() - n * interval '1 second', 'user-' || n,
             'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '{"cid":"1"}', n % 2, CASE WHEN n % 2 = 1 THEN '503' END,
             CASE WHEN n % 10 = 1 THEN now() END
        FROM generate_series(1, 20000) AS n
      """;

  private static final String REJECTED =
      """
      INSERT INTO outbox_rejected (rejected_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                   workspace, customer_id, action, platform, reason, attributes)
      SELECT now() - n * interval '1 hour', now() - n * interval '1 hour', now() - n * interval '1 hour',
             md5('x' || n)::uuid, md5('y' || n)::uuid, 1, 1, 'default', 'user-' || n,
             'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', 'refused 400', '{"cid":"1"}'
        FROM generate_series(1, 5000) AS n
      """;

  @TestFactory
  Stream<DynamicTest> everyQuestionReadsOnlyWhatItIsAbout() {
    return AuditCookbook.questions().stream()
        .map(
            question ->
                dynamicTest(
                    question.heading(),
                    () -> check(question.heading(), explain(question.postgres()), HOUR)));
  }

  /** What a page of the audit's list may ask for, from its beginning and from its middle. */
  @TestFactory
  Stream<DynamicTest> everyPageIsReadByAnIndex() {
    Instant noon = Instant.parse("2026-10-05T12:00:00Z");
    UUID event = UUID.fromString("9b2d7c1e-5f3a-4e86-8c4d-2a1b0f9e8d7c");
    Map<String, ActionFilter> filters = new LinkedHashMap<>();
    filters.put("all", ActionFilter.all());
    filters.put("one workspace", ActionFilter.all().workspace("default"));
    filters.put("an hour", ActionFilter.all().from(noon).to(noon.plusSeconds(3_600)));
    filters.put("a customer", ActionFilter.all().customerId("john@example.com"));
    filters.put(
        "a customer's month",
        ActionFilter.all().customerId("user-7").from(noon.minusSeconds(2_000_000)).to(noon));
    filters.put("a req_id", ActionFilter.all().reqId("SKuSLFnX"));
    filters.put("a request", ActionFilter.all().requestId(new UUID(1, 1)));
    filters.put("two UUIDs", ActionFilter.all().eventUuids(Set.of(event, new UUID(1, 1))));
    filters.put("rejected ones", ActionFilter.all().states(ActionState.REJECTED).from(noon));
    List<DynamicTest> tests = new ArrayList<>();
    filters.forEach(
        (name, filter) -> {
          for (Part part : Part.values()) {
            if (AuditQuery.mayHave(part, filter)) {
              String first = part + ": " + name;
              tests.add(dynamicTest(first, () -> check(first, explain(part, filter, null), 5_000)));
              String next = first + ", next page";
              AuditCursor after =
                  part == Part.WAITING
                      ? AuditCursor.waiting("default", 10_000)
                      : AuditCursor.at(part, noon, event);
              tests.add(dynamicTest(next, () -> check(next, explain(part, filter, after), 5_000)));
            }
          }
        });
    return tests.stream();
  }

  private String explain(String sql) {
    return db.inTransaction(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)) {
            rows.next();
            return rows.getString(1);
          }
        });
  }

  private String explain(Part part, ActionFilter filter, @Nullable AuditCursor after) {
    AuditQuery statement = AuditQuery.of(part, filter, after, 100, SQLDialect.POSTGRES);
    return db.inTransaction(
        connection ->
            String.valueOf(
                dialect
                    .using(connection)
                    .resultQuery(
                        "EXPLAIN (ANALYZE, FORMAT JSON) " + dialect.in(statement.text()),
                        statement.values())
                    .fetchOne(0, String.class)));
  }

  /** What a plan read of a table: how, how many rows, and how many of them for nothing. */
  private record Scan(String node, String table, long rows, long removed) {
    boolean isOfDelivered() {
      return table.startsWith("outbox_delivered");
    }
  }

  private static final String SCANS =
      """
      SELECT n ->> 'Node Type', n ->> 'Relation Name',
             round((n ->> 'Actual Loops')::numeric * ((n ->> 'Actual Rows')::numeric
                   + coalesce((n ->> 'Rows Removed by Filter')::numeric, 0)
                   + coalesce((n ->> 'Rows Removed by Index Recheck')::numeric, 0))),
             round((n ->> 'Actual Loops')::numeric * coalesce((n ->> 'Rows Removed by Filter')::numeric, 0))
        FROM jsonb_path_query(CAST(? AS jsonb), 'strict $.**') AS n
       WHERE jsonb_typeof(n) = 'object' AND n ->> 'Relation Name' IS NOT NULL
      """;

  private void check(String name, String plan, long mostDelivered) {
    List<Scan> scans = scans(plan);
    long delivered = scans.stream().filter(Scan::isOfDelivered).mapToLong(Scan::rows).sum();
    log.info(
        "{}: {} ms to plan, {} ms to run, {} delivered rows read",
        name,
        number(plan, "Planning Time"),
        number(plan, "Execution Time"),
        delivered);
    // A partition that the hour fills is rightly read as a whole.
    assertThat(scans)
        .as(plan)
        .filteredOn(s -> s.node().equals("Seq Scan"))
        .noneMatch(s -> s.isOfDelivered() && s.removed() > 1_000)
        .noneMatch(s -> NOT_SCANNED.contains(s.table()));
    assertThat(delivered).as(plan).isLessThanOrEqualTo(mostDelivered);
    if (delivered > 1_000) {
      assertThat(scans)
          .as(plan)
          .filteredOn(s -> s.isOfDelivered() && s.rows() > 100)
          .hasSizeLessThanOrEqualTo(2);
    }
  }

  private static String number(String plan, String key) {
    return plan.replaceAll("(?s).*\"" + key + "\": ([0-9.]+).*", "$1");
  }

  private List<Scan> scans(String plan) {
    return db.inTransaction(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(SCANS)) {
            statement.setString(1, plan);
            List<Scan> scans = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                scans.add(
                    new Scan(
                        rows.getString(1), rows.getString(2), rows.getLong(3), rows.getLong(4)));
              }
            }
            return scans;
          }
        });
  }
}
