package io.durableoutbox.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agroal.api.AgroalDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import jakarta.transaction.RollbackException;
import jakarta.transaction.TransactionManager;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.xa.PGXADataSource;

/** PostgreSQL and another resource commit together, in two phases. */
@SuppressWarnings("NullAway.Init") // JUnit calls start() and open().
class XaRecipeTest extends RecipeContract {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private static PrivatePostgres server;

  private final TransactionManager manager = Jta.manager();
  private AgroalDataSource jtaPool;

  @BeforeAll
  static void start() {
    Jta.logInMemory();
    server = PostgresServer.start(Map.of("max_prepared_transactions", "10"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  Place place() {
    String name = "xa" + DATABASES.incrementAndGet();
    try (Connection c =
            DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
        Statement s = c.createStatement()) {
      s.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    String url = server.jdbcUrl().replaceFirst("/postgres$", "/" + name);
    return new Place(url, server.user(), server.password());
  }

  @Override
  Orders orders() throws SQLException {
    jtaPool =
        Jta.pool(PGXADataSource.class, pool.getJdbcUrl(), pool.getUsername(), pool.getPassword());
    return new JtaOrders(Jta.userTransaction(), Jta.synchronizations(), jtaPool, outbox, relay)
        ::place;
  }

  @AfterEach
  void closeJtaPool() {
    jtaPool.close();
  }

  @Test
  void theActionIsPreparedBeforeAllCommit() throws Exception {
    Voter other = new Voter(() -> count("pg_prepared_xacts"), XAResource.XA_OK);
    manager.begin();
    write(other);
    manager.commit();
    assertThat(other.seen).isEqualTo(1);
    assertThat(other.committed).isTrue();
    assertThat(count("outbox_audit")).isEqualTo(1);
    assertThat(count("pg_prepared_xacts")).isZero();
  }

  @Test
  void theActionIsGoneIfTheOtherResourceRefuses() throws Exception {
    Voter other = new Voter(() -> count("pg_prepared_xacts"), XAException.XA_RBROLLBACK);
    manager.begin();
    write(other);
    assertThatThrownBy(manager::commit).isInstanceOf(RollbackException.class);
    assertThat(other.seen).isEqualTo(1);
    assertThat(count("orders")).isZero();
    assertThat(count("outbox_audit")).isZero();
    assertThat(count("pg_prepared_xacts")).isZero();
  }

  private void write(XAResource other) throws Exception {
    try (Connection tx = jtaPool.getConnection()) {
      JdbcOrders.insertOrder(tx, 1);
      outbox.add(tx, Action.shown("john@example.com", CONTEXT).platform(Platform.WEB).build());
    }
    manager.getTransaction().enlistResource(other);
  }

  /** Another resource: looks at the database when it is asked to prepare, and votes. */
  private static final class Voter implements XAResource {
    private final Callable<Integer> look;
    private final int vote;
    private int seen = -1;
    private boolean committed;

    Voter(Callable<Integer> look, int vote) {
      this.look = look;
      this.vote = vote;
    }

    @Override
    public int prepare(Xid xid) throws XAException {
      try {
        seen = look.call();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      if (vote != XA_OK) {
        throw new XAException(vote);
      }
      return XA_OK;
    }

    @Override
    public void commit(Xid xid, boolean onePhase) {
      committed = true;
    }

    @Override
    public void start(Xid xid, int flags) {}

    @Override
    public void end(Xid xid, int flags) {}

    @Override
    public void rollback(Xid xid) {}

    @Override
    public void forget(Xid xid) {}

    @Override
    public Xid[] recover(int flag) {
      return new Xid[0];
    }

    @Override
    public boolean isSameRM(XAResource other) {
      return other == this;
    }

    @Override
    public int getTransactionTimeout() {
      return 0;
    }

    @Override
    public boolean setTransactionTimeout(int seconds) {
      return false;
    }
  }
}
