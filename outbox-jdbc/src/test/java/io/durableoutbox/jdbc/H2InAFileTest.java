package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.MoEngage;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.SimulatedDestination;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** H2 closes a database's file for the whole JVM when a thread is interrupted that uses it. */
@Timeout(30)
class H2InAFileTest {
  // Set before any test runs.
  @SuppressWarnings("NullAway.Init")
  private HikariDataSource pool;

  @SuppressWarnings("NullAway.Init")
  private SimulatedDestination destination;

  private final CountDownLatch called = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  @BeforeEach
  void open(@TempDir Path folder) {
    HikariConfig config = new HikariConfig();
    // Each commit writes to the file, on the thread that commits.
    config.setJdbcUrl("jdbc:h2:file:" + folder.resolve("outbox") + ";WRITE_DELAY=0");
    config.setUsername("sa");
    config.setMaximumPoolSize(4);
    pool = new HikariDataSource(config);
    OutboxMigrations.of(pool).migrate();
    destination = SimulatedDestination.builder().start();
  }

  @AfterEach
  void close() {
    destination.close();
    pool.close();
  }

  /** The pool, which lends to relays only when they may go on, and does not see interrupts. */
  private DataSource slowForRelays() {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getConnection")) {
                waitIfRelay();
              }
              return method.invoke(pool, arguments);
            });
  }

  private void waitIfRelay() {
    if (!Thread.currentThread().getName().startsWith("outbox-")) {
      return;
    }
    called.countDown();
    boolean interrupted = false;
    while (goOn.getCount() > 0) {
      try {
        goOn.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private MoEngage moEngage() {
    return MoEngage.workspace(destination.workspaceId(), destination.apiKey())
        .baseUrl(destination.baseUrl())
        .build();
  }

  private void add(JdbcOutbox outbox, int actions) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      outbox.add(connection, TestOutbox.actions(actions));
      connection.commit();
    }
  }

  @Test
  void closingARelayWhileItsStoreIsCalledKeepsTheDatabaseOpen() throws Exception {
    JdbcOutbox outbox = JdbcOutbox.create(slowForRelays());
    add(outbox, 10);
    Relay relay =
        outbox.relay(moEngage()).name("filed").closeTimeout(Duration.ofMillis(1)).build().start();
    assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
    List<Thread> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("outbox-filed"))
            .toList();
    relay.close();
    goOn.countDown();
    for (Thread thread : threads) {
      thread.join(10_000);
    }
    add(outbox, 10);
    try (Relay next = outbox.relay(moEngage()).build()) {
      // What the first one had claimed comes back when its lease ends.
      assertThat(next.runOnce().delivered()).isEqualTo(10);
    }
  }

  @Test
  void anInterruptOfARunOnceKeepsTheDatabaseOpen() throws Exception {
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    add(outbox, 10);
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    try (Relay relay =
        outbox.relay(moEngage()).listener(event -> thread.join().interrupt()).build()) {
      thread.complete(Thread.currentThread());
      // Interrupted after each call of the store, just before the next one.
      assertThat(relay.runOnce().claimed()).isEqualTo(10);
      assertThat(Thread.interrupted()).isTrue();
    }
    add(outbox, 10);
    try (Relay next = outbox.relay(moEngage()).build()) {
      assertThat(next.runOnce().claimed()).isPositive();
    }
    assertThat(Thread.interrupted()).isFalse();
  }
}
