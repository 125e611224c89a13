package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.OutboxException;
import io.durableoutbox.RunResult;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link Maintenance} does with partitions, on PostgreSQL, each time in a new database. */
abstract class PartitionsContract {
  private static final String PARTITIONS =
      "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent"
          + " = 'outbox_delivered'::regclass ORDER BY c.relname";

  @SuppressWarnings("NullAway.Init")
  private TestOutbox db;

  abstract TestDatabase newDatabase();

  @BeforeEach
  void open() {
    TestDatabase database = newDatabase();
    Midnight.keepAwayFrom(database);
    db =
        new TestOutbox(
            database, config -> config.setConnectionInitSql("SET TimeZone = 'Asia/Kolkata'"));
  }

  @AfterEach
  void close() {
    db.close();
  }

  private Maintenance.Builder maintenance() {
    return db.outbox.maintenance().name("m1").keepDelivered(Duration.ofDays(30));
  }

  /** Returns a day from today, in UTC, as a literal. */
  private String day(int ahead) {
    return "'"
        + db.one("SELECT to_char((now() AT TIME ZONE 'UTC')::date + " + ahead + ", 'YYYY-MM-DD')")
        + " 00:00:00+00'";
  }

  private String name(int ahead) {
    return "outbox_delivered_" + day(ahead).substring(1, 11).replace("-", "");
  }

  private void partition(String name, int from, int to) {
    db.execute(
        "CREATE TABLE "
            + name
            + " PARTITION OF outbox_delivered FOR VALUES FROM ("
            + day(from)
            + ") TO ("
            + day(to)
            + ")");
  }

  /** Writes delivered rows at noon of a day. */
  private void delivered(int ahead, int rows) {
    db.execute(
        "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id,"
            + " attempts, refusals, workspace, customer_id, action, platform, attributes) SELECT "
            + day(ahead)
            + "::timestamptz + interval '12 hours', now(), now(), md5(random()::text ||"
            + " n)::uuid, md5(n::text)::uuid, 1, 0, 'default', 'user-1',"
            + " 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '{}' FROM generate_series(1, "
            + rows
            + ") AS n");
  }

  private List<String> operations(String kind) {
    return db.query(
        "SELECT actions, performed_by, detail FROM outbox_operation WHERE finished_at IS NOT NULL"
            + " AND kind = '"
            + kind
            + "' ORDER BY detail");
  }

  private List<String> notes() {
    return db.query(
        "SELECT task, note FROM outbox_maintenance WHERE note IS NOT NULL ORDER BY task");
  }

  // Ahead

  @Test
  void theMigrationMadeAsManyAsTheDefault() {
    MaintenanceReport report = maintenance().build().runOnce();
    assertThat(report.partitionsCreated()).isEmpty();
    assertThat(report.notes()).isEmpty();
    assertThat(db.query(MaintenanceContract.LAST_RUN)).contains("partitions|m1|null");
  }

  @Test
  void partitionsAreMadeAheadAndAreLikeThoseOfTheMigration() {
    MaintenanceReport report = maintenance().partitionsAhead(16).build().runOnce();
    assertThat(report.partitionsCreated()).containsExactly(name(14), name(15));
    assertThat(operations("partition"))
        .containsExactly("0|m1|made partition " + name(14), "0|m1|made partition " + name(15));
    String shape =
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attcollation,"
            + " a.attstorage FROM pg_attribute a WHERE a.attnum > 0 AND a.attrelid = '%s'::regclass"
            + " ORDER BY a.attnum";
    assertThat(db.query(shape.formatted(name(15)))).isEqualTo(db.query(shape.formatted(name(1))));
    String indexes =
        "SELECT substring(pg_get_indexdef(i.indexrelid) from '[(].*'), i.indisprimary,"
            + " i.indisvalid, (SELECT p.relname FROM pg_inherits h JOIN pg_class p ON p.oid ="
            + " h.inhparent WHERE h.inhrelid = i.indexrelid) FROM pg_index i WHERE i.indrelid ="
            + " '%s'::regclass ORDER BY 4";
    assertThat(db.query(indexes.formatted(name(15))))
        .hasSize(4)
        .isEqualTo(db.query(indexes.formatted(name(1))));
    delivered(15, 1);
    assertThat(db.count(name(15))).isEqualTo(1);
    assertThat(maintenance().partitionsAhead(16).build().runOnce().didSomething()).isFalse();
  }

  @Test
  void rowsThatAreInTheDefaultPartitionAlreadyMoveToTheirOwn() {
    db.execute("DROP TABLE " + name(0));
    delivered(0, 3);
    delivered(14, 1);
    delivered(-1, 1);
    assertThat(db.count("outbox_delivered_default")).isEqualTo(5);
    MaintenanceReport report = maintenance().partitionsAhead(15).build().runOnce();
    assertThat(report.partitionsCreated()).containsExactly(name(0), name(14));
    assertThat(db.count("outbox_delivered")).isEqualTo(5);
    assertThat(db.count(name(0))).isEqualTo(3);
    assertThat(db.count(name(14))).isEqualTo(1);
    assertThat(db.count("outbox_delivered_default")).as("the day before").isEqualTo(1);
    assertThat(operations("partition"))
        .containsExactly(
            "3|m1|made partition " + name(0) + ", and moved rows to it from the default partition",
            "1|m1|made partition "
                + name(14)
                + ", and moved rows to it from the default partition");
  }

  @Test
  void aDayWithManyRowsInTheDefaultPartitionStaysThereAndIsPurgedFromThere() {
    db.execute("DROP TABLE " + name(0));
    delivered(0, 10_001);
    MaintenanceReport report = maintenance().build().runOnce();
    assertThat(report.partitionsCreated()).isEmpty();
    assertThat(report.notes())
        .containsExactly(
            "The default partition has more than 10000 rows of "
                + day(0).substring(1, 11)
                + " already, so that day stays there.");
    assertThat(notes()).containsExactly("partitions|" + report.notes().get(0));
    db.execute("UPDATE outbox_delivered_default SET sent_at = sent_at - interval '40 days'");
    MaintenanceReport later = maintenance().build().runOnce();
    assertThat(later.partitionsCreated()).containsExactly(name(0));
    assertThat(later.deliveredPurged()).isEqualTo(10_001);
    assertThat(db.count("outbox_delivered")).isZero();
  }

  // Behind

  @Test
  void partitionsAreDroppedWhenTheirLastMomentIsTooOld() {
    partition(name(-40), -40, -39);
    partition(name(-31), -31, -30);
    partition(name(-30), -30, -29);
    delivered(-40, 2);
    delivered(-31, 3);
    delivered(-30, 4);
    MaintenanceReport report = maintenance().build().runOnce();
    assertThat(report.partitionsDropped()).containsExactly(name(-40), name(-31));
    assertThat(report.deliveredPurged()).isZero();
    assertThat(db.count("outbox_delivered")).as("whole days go, not single rows").isEqualTo(4);
    assertThat(operations("purge"))
        .hasSize(2)
        .anyMatch(
            o ->
                o.startsWith("2|m1|dropped partition " + name(-40))
                    && o.endsWith("about 2 actions"))
        .anyMatch(o -> o.startsWith("3|m1|dropped partition " + name(-31)));
    assertThat(maintenance().build().runOnce().didSomething()).isFalse();
  }

  @Test
  void aPartitionThatSomebodyDetachesMeanwhileIsNotDropped() {
    partition(name(-40), -40, -39);
    delivered(-40, 2);
    MaintenanceReport report =
        Between.outbox(
                db.pool,
                "partition-lock",
                () -> db.execute("ALTER TABLE outbox_delivered DETACH PARTITION " + name(-40)))
            .maintenance()
            .name("m1")
            .keepDelivered(Duration.ofDays(30))
            .build()
            .runOnce();
    assertThat(report.partitionsDropped()).isEmpty();
    assertThat(report.notes())
        .containsExactly("Partition " + name(-40) + " was changed by somebody and is left alone.");
    assertThat(db.count(name(-40))).isEqualTo(2);
  }

  @Test
  void noRowComesBetweenWhatIsMovedAndThePartitionThatTakesIt() {
    delivered(14, 1);
    AtomicBoolean waited = new AtomicBoolean();
    MaintenanceReport report =
        Between.outbox(
                db.pool,
                "partition-move",
                () -> {
                  try {
                    db.inTransaction(
                        connection -> {
                          try (Statement statement = connection.createStatement()) {
                            statement.execute("SET LOCAL lock_timeout = '100ms'");
                            return statement.execute(
                                "LOCK TABLE outbox_delivered_default IN ROW EXCLUSIVE MODE");
                          }
                        });
                  } catch (IllegalStateException e) {
                    waited.set(
                        e.getCause() instanceof SQLException cause
                            && "55P03".equals(cause.getSQLState()));
                  }
                })
            .maintenance()
            .name("m1")
            .partitionsAhead(15)
            .build()
            .runOnce();
    assertThat(waited).as("a statement on the default partition waited").isTrue();
    assertThat(report.partitionsCreated()).containsExactly(name(14));
    assertThat(db.count(name(14))).isEqualTo(1);
  }

  @Test
  void aPartitionIsJudgedByItsBoundsAndNotByItsName() {
    partition("outbox_delivered_20200101", -20, -19);
    partition("\"Odd {name}? of mine\"", -60, -50);
    db.execute(
        "CREATE TABLE ancient PARTITION OF outbox_delivered FOR VALUES FROM (MINVALUE) TO ("
            + day(-100)
            + ")");
    db.execute(
        "CREATE TABLE outbox_delivered_20200102 PARTITION OF outbox_delivered FOR VALUES FROM ("
            + day(14)
            + ") TO (MAXVALUE)");
    MaintenanceReport report = maintenance().partitionsAhead(100).build().runOnce();
    assertThat(report.partitionsDropped()).containsExactly("ancient", "Odd {name}? of mine");
    assertThat(report.partitionsCreated()).as("MAXVALUE covers all").isEmpty();
    assertThat(db.query(PARTITIONS))
        .contains("outbox_delivered_20200101", "outbox_delivered_20200102")
        .doesNotContain("ancient", "Odd {name}? of mine");
  }

  @Test
  void aTableThatMerelyHasSuchANameIsLeftAlone() {
    db.execute("CREATE TABLE outbox_delivered_20200101 AS SELECT * FROM outbox_delivered");
    db.execute("CREATE TABLE " + name(14) + " (mine integer)");
    db.execute("CREATE SCHEMA other");
    db.execute(
        "CREATE TABLE other.outbox_delivered (sent_at timestamptz NOT NULL) PARTITION BY RANGE"
            + " (sent_at)");
    db.execute(
        "CREATE TABLE other.outbox_delivered_20200101 PARTITION OF other.outbox_delivered FOR"
            + " VALUES FROM ('2020-01-01') TO ('2020-01-02')");
    db.execute("INSERT INTO other.outbox_delivered VALUES ('2020-01-01 12:00:00+00')");
    MaintenanceReport report = maintenance().partitionsAhead(16).build().runOnce();
    assertThat(report.partitionsCreated()).containsExactly(name(15));
    assertThat(report.partitionsDropped()).isEmpty();
    assertThat(report.notes())
        .containsExactly(
            "The name " + name(14) + " is taken by a table that is no partition; rename it.");
    assertThat(db.count("outbox_delivered_20200101")).isZero();
    assertThat(db.count(name(14))).isZero();
    assertThat(db.count("other.outbox_delivered")).isEqualTo(1);
  }

  @Test
  void aPartitionThatCantBeDroppedStaysWholeAndTheOthersGo() {
    partition(name(-41), -41, -40);
    partition(name(-40), -40, -39);
    delivered(-41, 1);
    delivered(-40, 1);
    db.execute("CREATE VIEW report AS SELECT * FROM " + name(-41));
    MaintenanceReport report = maintenance().build().runOnce();
    assertThat(report.partitionsDropped()).containsExactly(name(-40));
    assertThat(report.notes())
        .containsExactly("Could not drop partition " + name(-41) + " (SQLState 2BP01).");
    assertThat(db.count("outbox_delivered")).isEqualTo(1);
    assertThat(operations("purge")).hasSize(1);
    db.execute("DROP VIEW report");
    assertThat(maintenance().build().runOnce().partitionsDropped()).containsExactly(name(-41));
  }

  @Test
  void aDropThatIsBrokenOffLeavesThePartitionAndNoRecord() {
    partition(name(-40), -40, -39);
    delivered(-40, 1);
    db.execute(
        "CREATE FUNCTION die() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM"
            + " pg_terminate_backend(pg_backend_pid()); END $$");
    db.execute("CREATE EVENT TRIGGER die ON sql_drop EXECUTE FUNCTION die()");
    try {
      maintenance().build().runOnce();
      throw new AssertionError("the connection is dead");
    } catch (OutboxException e) {
      assertThat(e).hasMessageContaining("SQLState");
    }
    assertThat(db.query(PARTITIONS)).contains(name(-40));
    assertThat(db.count("outbox_delivered")).isEqualTo(1);
    assertThat(db.count("outbox_operation")).isZero();
    db.execute("DROP EVENT TRIGGER die");
    assertThat(maintenance().build().runOnce().partitionsDropped()).containsExactly(name(-40));
  }

  // Who may

  @Test
  void whoDoesNotOwnTheTableDeletesInBatchesAndSaysSo() {
    partition(name(-40), -40, -39);
    partition(name(-31), -31, -30);
    delivered(-40, 5);
    delivered(-31, 1);
    delivered(-20, 2);
    delivered(0, 1);
    String role = db.database.jdbcUrl().replaceFirst(".*/", "") + "_app";
    db.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'x'");
    db.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON outbox, outbox_delivered, outbox_rejected,"
            + " outbox_request, outbox_attempt, outbox_workspace, outbox_operation,"
            + " outbox_operation_action, outbox_maintenance TO "
            + role);
    db.execute("GRANT SELECT ON outbox_audit, outbox_schema_version TO " + role);
    try (var pool =
        db.database.pool(
            config -> {
              config.setUsername(role);
              config.setPassword("x");
            })) {
      MaintenanceReport report =
          JdbcOutbox.create(pool)
              .maintenance()
              .name("app")
              .keepDelivered(Duration.ofDays(30))
              .redactDelivered(Duration.ofDays(10))
              .partitionsAhead(20)
              .batchSize(2)
              .build()
              .runOnce();
      assertThat(report.partitionsCreated()).isEmpty();
      assertThat(report.partitionsDropped()).isEmpty();
      assertThat(report.deliveredPurged()).isEqualTo(6);
      assertThat(report.redacted()).isEqualTo(2);
      assertThat(report.notes())
          .containsExactly(
              "This user does not own outbox_delivered and can't make or drop its partitions; rows"
                  + " are deleted in batches.",
              "Delivered rows are deleted in batches, because this user can't drop partitions of"
                  + " outbox_delivered.");
      assertThat(notes()).hasSize(2);
      assertThat(db.count("outbox_delivered")).isEqualTo(3);
      assertThat(db.query(PARTITIONS)).contains(name(-40));
    } finally {
      db.execute("DROP OWNED BY " + role);
      db.execute("DROP ROLE " + role);
    }
  }

  @Test
  void aMemberOfTheOwnersRoleMakesPartitionsThatTheRoleOwns() {
    String database = db.database.jdbcUrl().replaceFirst(".*/", "");
    String owner = database + "_owner";
    String member = database + "_member";
    db.execute("CREATE ROLE " + owner);
    db.execute("CREATE ROLE " + member + " LOGIN PASSWORD 'x' IN ROLE " + owner);
    db.execute("GRANT USAGE, CREATE ON SCHEMA public TO " + owner);
    partition(name(-40), -40, -39);
    for (String table :
        db.query(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND"
                + " c.relkind IN ('r', 'p', 'v') ORDER BY 1")) {
      db.execute("ALTER TABLE " + table + " OWNER TO " + owner);
    }
    try (var pool =
        db.database.pool(
            config -> {
              config.setUsername(member);
              config.setPassword("x");
            })) {
      MaintenanceReport report =
          JdbcOutbox.create(pool)
              .maintenance()
              .keepDelivered(Duration.ofDays(30))
              .partitionsAhead(15)
              .build()
              .runOnce();
      assertThat(report.notes()).isEmpty();
      assertThat(report.partitionsCreated()).containsExactly(name(14));
      assertThat(report.partitionsDropped()).containsExactly(name(-40));
      assertThat(db.one("SELECT tableowner FROM pg_tables WHERE tablename = '" + name(14) + "'"))
          .isEqualTo(owner);
    } finally {
      db.execute("REASSIGN OWNED BY " + owner + " TO CURRENT_USER");
      db.execute("DROP OWNED BY " + owner + ", " + member);
      db.execute("DROP ROLE " + member);
      db.execute("DROP ROLE " + owner);
    }
  }

  @Test
  void inASchemaOfItsOwnPartitionsAreMadeAndDroppedThere() {
    db.execute("CREATE SCHEMA \"Out_Box\"");
    OutboxMigrations.of(db.pool).inSchema("Out_Box").migrate();
    db.execute(
        "CREATE TABLE \"Out_Box\".old PARTITION OF \"Out_Box\".outbox_delivered FOR VALUES FROM ("
            + day(-50)
            + ") TO ("
            + day(-49)
            + ")");
    MaintenanceReport report =
        JdbcOutbox.builder(db.pool)
            .schema("Out_Box")
            .build()
            .maintenance()
            .keepDelivered(Duration.ofDays(30))
            .redactDelivered(Duration.ofDays(10))
            .partitionsAhead(15)
            .build()
            .runOnce();
    assertThat(report.notes()).isEmpty();
    assertThat(report.partitionsCreated()).containsExactly(name(14));
    assertThat(report.partitionsDropped()).containsExactly("old");
    assertThat(db.one("SELECT schemaname FROM pg_tables WHERE tablename = '" + name(14) + "'"))
        .isEqualTo("Out_Box");
  }

  // Among others

  @Test
  void aLongTransactionMakesItGiveUpSoonAndTheNextRunDoesIt() throws Exception {
    partition(name(-40), -40, -39);
    try (Connection reader = db.pool.getConnection();
        Statement statement = reader.createStatement()) {
      reader.setAutoCommit(false);
      statement.execute("SELECT count(*) FROM outbox_delivered");
      // It returns though the reader's transaction stays open.
      MaintenanceReport report = maintenance().partitionsAhead(15).build().runOnce();
      assertThat(report.partitionsCreated()).isEmpty();
      assertThat(report.partitionsDropped()).isEmpty();
      assertThat(report.notes())
          .containsExactly(
              "Could not make partition "
                  + name(14)
                  + ", since a transaction held a lock on outbox_delivered for too long; the next"
                  + " run tries again.");
      assertThat(db.query("SELECT to_regclass('" + name(14) + "')")).containsExactly("null");
      reader.rollback();
    }
    MaintenanceReport next = maintenance().partitionsAhead(15).build().runOnce();
    assertThat(next.notes()).isEmpty();
    assertThat(next.partitionsCreated()).containsExactly(name(14));
    assertThat(next.partitionsDropped()).containsExactly(name(-40));
    assertThat(notes()).isEmpty();
  }

  @Test
  void aRowThatSomebodyHoldsIsNotWaitedForAndIsDoneByTheNextRun() throws Exception {
    delivered(-40, 3);
    delivered(-20, 3);
    Maintenance maintenance = maintenance().redactDelivered(Duration.ofDays(10)).build();
    try (Connection eraser = db.pool.getConnection();
        Statement statement = eraser.createStatement()) {
      eraser.setAutoCommit(false);
      for (int day : List.of(-40, -20)) {
        statement.execute(
            "SELECT event_uuid FROM outbox_delivered WHERE sent_at < "
                + day(day + 1)
                + " AND sent_at > "
                + day(day)
                + " ORDER BY event_uuid LIMIT 1 FOR UPDATE");
      }
      MaintenanceReport report = maintenance.runOnce();
      assertThat(report.deliveredPurged()).isEqualTo(2);
      assertThat(report.redacted()).isEqualTo(2);
      assertThat(report.notes())
          .containsExactly(
              "Some delivered rows were locked by others and are not redacted yet; the next run"
                  + " tries again.");
      eraser.rollback();
    }
    MaintenanceReport next = maintenance.runOnce();
    assertThat(next.deliveredPurged()).isEqualTo(1);
    assertThat(next.redacted()).isEqualTo(1);
    assertThat(next.notes()).isEmpty();
  }

  @Test
  void relaysSettleWhileItMakesAndDropsPartitions() throws Exception {
    for (int i = 31; i < 51; i++) {
      partition(name(-i), -i, 1 - i);
      delivered(-i, 20);
    }
    delivered(-5, 100);
    AtomicBoolean done = new AtomicBoolean();
    try (SimulatedDestination destination = SimulatedDestination.builder().start();
        Relay relay =
            db.outbox
                .relay(
                    MoEngage.workspace(destination.workspaceId(), destination.apiKey())
                        .baseUrl(destination.baseUrl())
                        .build())
                .build()) {
      CompletableFuture<Integer> delivering =
          CompletableFuture.supplyAsync(
              () -> {
                int settled = 0;
                do {
                  db.add(TestOutbox.actions(20));
                  RunResult result = relay.runOnce();
                  assertThat(result.delivered()).isEqualTo(20);
                  settled += result.delivered();
                } while (!done.get());
                return settled;
              });
      MaintenanceReport report;
      try {
        report =
            maintenance()
                .partitionsAhead(40)
                .redactDelivered(Duration.ofDays(3))
                .batchSize(10)
                .build()
                .runOnce();
      } finally {
        done.set(true);
      }
      int settled = delivering.get(1, TimeUnit.MINUTES);
      assertThat(report.notes()).isEmpty();
      assertThat(report.partitionsCreated()).hasSize(26);
      assertThat(report.partitionsDropped()).hasSize(20);
      assertThat(report.redacted()).isEqualTo(100);
      assertThat(settled).isPositive();
      assertThat(db.count("outbox_delivered")).isEqualTo(settled + 100);
      assertThat(db.count("outbox")).isZero();
    }
  }

  @Test
  void anAddWithAUuidOfTheCallersLocksFewPartitionsOfALongHistory() throws Exception {
    db.execute(
        "DO $$ BEGIN FOR n IN 1..90 LOOP EXECUTE format('CREATE TABLE outbox_delivered_ago_%s"
            + " PARTITION OF outbox_delivered FOR VALUES FROM (%L) TO (%L)', n, ((now() AT TIME ZONE"
            + " 'UTC')::date - n) || ' 00:00:00+00', ((now() AT TIME ZONE 'UTC')::date - n + 1) ||"
            + " ' 00:00:00+00'); END LOOP; END $$");
    assertThat(db.query(PARTITIONS)).hasSize(105);
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      // The driver prepares the statement at its fifth time, and the server plans it for any
      // values.
      for (int i = 0; i < 12; i++) {
        Action action = TestOutbox.shown("user-1").eventUuid(UUID.randomUUID()).build();
        assertThat(db.outbox.add(connection, action).added()).isEqualTo(1);
      }
      assertThat(locks(connection)).isLessThan(70);
      connection.rollback();
    }
  }

  private static int locks(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT COUNT(*) FROM pg_locks WHERE pid = pg_backend_pid()")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void aDuplicateIsFoundInTheHistoryFromTwoDaysBeforeItsEventTime() {
    UUID uuid = UUID.randomUUID();
    Instant happened = Instant.now().minus(Duration.ofDays(80));
    for (int ago : List.of(81, 79, 20, 0)) {
      db.execute("DELETE FROM outbox_delivered");
      delivered(-ago, 1);
      db.execute("UPDATE outbox_delivered SET event_uuid = '" + uuid + "'");
      assertThat(
              db.add(TestOutbox.shown("user-1").eventUuid(uuid).eventTime(happened).build())
                  .duplicates())
          .as("%s days ago", ago)
          .containsExactly(uuid);
    }
    db.execute("DELETE FROM outbox_delivered");
    delivered(-1, 1);
    db.execute("UPDATE outbox_delivered SET event_uuid = '" + uuid + "'");
    assertThat(db.add(TestOutbox.shown("user-1").eventUuid(uuid).build()).duplicates())
        .containsExactly(uuid);
  }
}
