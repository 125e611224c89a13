package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a database has that other machines may take over. */
abstract class ServerTransactionsContract extends TransactionsContract {
  @Test
  void aConnectionToAServerThatIsReadOnlyNowGivesWayToAnother() {
    Transactions transactions = Transactions.on(pool(config -> config.setMaximumPoolSize(3)));
    AtomicInteger tries = new AtomicInteger();
    assertThat(
            transactions.<Integer>runAgain(
                "write",
                tx -> {
                  if (tries.incrementAndGet() < 4) {
                    throw readOnly();
                  }
                  return 1;
                }))
        .isEqualTo(1);
    assertThat(tries).hasValue(4);
  }

  @Test
  void aPoolLosesAConnectionToAServerThatIsReadOnlyNow() throws Exception {
    HikariDataSource pool = pool(config -> config.setMaximumPoolSize(1));
    Transactions transactions = Transactions.on(pool);
    List<Connection> seen = new ArrayList<>();
    assertThatThrownBy(
            () ->
                transactions.run(
                    "write",
                    tx -> {
                      seen.add(tx.unwrap(Connection.class));
                      throw readOnly();
                    }))
        .isInstanceOf(OutboxException.class);
    assertThat(seen.get(0).isClosed()).isTrue();
    assertThat(transactions.<Boolean>run("look", tx -> tx.unwrap(Connection.class) == seen.get(0)))
        .isFalse();
  }

  @Test
  void aServerThatSaysNothingIsGivenUp() throws Exception {
    HikariDataSource pool = pool(config -> config.setMaximumPoolSize(2));
    Transactions transactions = Transactions.on(pool).within(Duration.ofMillis(300));
    try (Connection blocker = db.pool.getConnection()) {
      blocker.setAutoCommit(false);
      execute(blocker, OURS);
      List<Connection> seen = new ArrayList<>();
      assertThatThrownBy(
              () ->
                  transactions.run(
                      "write",
                      tx -> {
                        seen.add(tx.unwrap(Connection.class));
                        return execute(tx, OURS);
                      }))
          .isInstanceOf(OutboxException.class);
      assertThat(seen.get(0).isClosed()).isTrue();
      blocker.rollback();
    }
    assertThat(transactions.<Integer>run("look", Connection::getNetworkTimeout)).isEqualTo(300);
    try (Connection next = pool.getConnection()) {
      assertThat(next.getNetworkTimeout()).isZero();
    }
  }

  @Test
  void aShorterBoundOfTheApplicationsIsKept() throws Exception {
    HikariDataSource pool = pool(config -> config.setMaximumPoolSize(1));
    Transactions transactions = Transactions.on(pool);
    try (Connection one = pool.getConnection()) {
      Connection physical = one.unwrap(Connection.class);
      physical.setNetworkTimeout(Runnable::run, 12_345);
    }
    assertThat(transactions.<Integer>run("look", Connection::getNetworkTimeout)).isEqualTo(12_345);
  }
}
