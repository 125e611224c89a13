package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MariaDbWritingTest extends WritingContract {
  /** How many wait for a row; innodb_trx stays as it is for as long as it is looked at. */
  private static final String WAITS =
      "SELECT variable_value FROM information_schema.global_status WHERE variable_name ="
          + " 'INNODB_ROW_LOCK_CURRENT_WAITS'";

  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @Test
  void aDeadlockThatTheCallerLosesIsAnExceptionWithItsSqlStateAndTheOtherGoesOn() throws Exception {
    Action one = TestOutbox.shown("user-1").build();
    Action two = TestOutbox.shown("user-2").build();
    try (Connection first = db.pool.getConnection();
        Connection second = db.pool.getConnection()) {
      first.setAutoCommit(false);
      second.setAutoCommit(false);
      db.outbox.add(first, one);
      db.outbox.add(second, two);
      var waiting = CompletableFuture.supplyAsync(() -> attempt(first, two));
      awaitWaitingFor(waiting);
      String seconds = attempt(second, one);
      second.rollback();
      String firsts = waiting.get();
      first.commit();
      // InnoDB chooses who loses, and it is one of them.
      assertThat(List.of(firsts, seconds))
          .containsExactlyInAnyOrder("done", "Could not write actions (SQLState 40001)");
    }
  }

  /** Waits until one waits for a row, which is what the future does. */
  private void awaitWaitingFor(CompletableFuture<?> future) {
    Await.equal(
        "how many wait for a row",
        List.of("1"),
        () -> {
          assertThat(future).isNotDone();
          return db.query(WAITS);
        });
  }

  private String attempt(Connection connection, Action action) {
    try {
      db.outbox.add(connection, action);
      return "done";
    } catch (OutboxException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void aDuplicateOfWhatIsNotCommittedYetWaitsAndIsThenToldOrWritten() throws Exception {
    Action action = TestOutbox.shown("user-1").build();
    for (boolean commit : new boolean[] {false, true}) {
      try (Connection other = db.pool.getConnection()) {
        other.setAutoCommit(false);
        db.outbox.add(other, action);
        var ours = CompletableFuture.supplyAsync(() -> db.add(action));
        awaitWaitingFor(ours);
        if (commit) {
          other.commit();
        } else {
          other.rollback();
        }
        assertThat(ours.get().added()).isEqualTo(commit ? 0 : 1);
      }
      assertThat(db.count("outbox")).isEqualTo(1);
      db.clear();
    }
  }

  @Test
  void aStatementIsSplitBeforeItIsTooLongForASmallPacket() throws Exception {
    // MariaDB's and MySQL's smallest default of the last years was 1 MB; 40 times 60 kB is more.
    db.execute("SET GLOBAL max_allowed_packet = 1048576");
    try {
      List<Action> large = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        large.add(
            Action.shown(
                    "user-" + i,
                    TestOutbox.CONTEXT.replace(
                        "All Users", "\\\"".repeat(20_000) + "x".repeat(20_000)))
                .platform(Platform.WEB)
                .build());
      }
      var small = db.database.pool(config -> config.setMaximumPoolSize(1));
      JdbcOutbox outbox = JdbcOutbox.create(small);
      try (Connection connection = small.getConnection()) {
        connection.setAutoCommit(false);
        assertThat(outbox.add(connection, large).added()).isEqualTo(40);
        connection.commit();
      }
    } finally {
      db.execute("SET GLOBAL max_allowed_packet = DEFAULT");
    }
  }
}
