package io.durableoutbox.postgresql;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on one connection after the other until it is closed.
 *
 * <p>Invariants: {@code up} is true only between two checks that were passed on the connection that
 * listens; each change of it is told by a wake-up after it, so the relay never waits by a value
 * that is old. No transaction is ever open here, since one that stays open keeps the server from
 * freeing its queue of notifications.
 */
final class Listener implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(PostgresWakeUps.class);
  private static final long FIRST_WAIT_MILLIS = 250;
  private static final long LONGEST_WAIT_MILLIS = 30_000;
  private static final String POOLER =
      "the connection leads to a pooler, behind which no notification is sure to arrive;"
          + " give PostgresWakeUps a data source that leads straight to the server";
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(1);

  // The arguments of a trigger are stored one after the other, each with a zero byte behind it.
  private static final String CHECK =
      """
      /* outbox:wake-up-check */
      SELECT pg_backend_pid(), to_regclass(?) IS NOT NULL,
             EXISTS (SELECT 1 FROM pg_listening_channels() AS l(channel) WHERE l.channel = ?),
             EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                      WHERE t.tgrelid = to_regclass(?) AND p.proname = 'outbox_notify'
                        AND t.tgenabled IN ('O', 'A') AND t.tgargs = ?)
      """;

  private final DataSource dataSource;
  private final String channel;
  private final String table;
  private final Duration checkInterval;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = new Thread(this, "outbox-wake-ups");
  private volatile Runnable wakeUp = () -> {};
  private volatile boolean up;
  private volatile @Nullable Connection current;
  private int failures;
  private @Nullable String told;

  Listener(DataSource dataSource, String channel, String table, Duration checkInterval) {
    this.dataSource = dataSource;
    this.channel = channel;
    this.table = table;
    this.checkInterval = checkInterval;
    thread.setDaemon(true);
  }

  void start(Runnable signal) {
    if (isClosed() || thread.getState() != Thread.State.NEW) {
      throw new IllegalStateException(
          "this source of wake-ups was started or closed before; build one for each relay");
    }
    wakeUp = signal;
    thread.start();
  }

  boolean isUp() {
    return up;
  }

  void close() {
    closed.countDown();
    up = false;
    abort(current);
    try {
      // A thread that is still connecting ends by itself, and is a daemon.
      thread.join(CLOSE_WAIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  @Override
  public void run() {
    while (!isClosed()) {
      try (Connection connection = dataSource.getConnection()) {
        current = connection;
        try {
          listen(connection);
        } finally {
          current = null;
          // A pool shall not lend a connection that listens.
          abort(connection);
        }
      } catch (SQLException | RuntimeException | Error e) {
        if (!isClosed()) {
          log.debug("Wake-ups failed", e);
          String state =
              e instanceof SQLException sql ? " (SQLState " + sql.getSQLState() + ")" : "";
          change("the connection failed with " + e.getClass().getName() + state);
        }
      }
      rest();
    }
  }

  private void listen(Connection connection) throws SQLException {
    PGConnection postgres = connection.unwrap(PGConnection.class);
    connection.setAutoCommit(true);
    connection.setNetworkTimeout(Runnable::run, Math.toIntExact(checkInterval.toMillis()));
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row = statement.executeQuery("/* outbox:listen */ SELECT pg_backend_pid()")) {
        row.next();
        if (row.getInt(1) != postgres.getBackendPID()) {
          // What listens would be the pooler's, and go on for whoever is given it next.
          change(POOLER);
          return;
        }
      }
      // The channel is an identifier that the builder has checked.
      statement.execute("/* outbox:listen */ LISTEN \"" + channel + "\"");
    }
    long nextCheck = System.nanoTime();
    while (!isClosed()) {
      long wait = TimeUnit.NANOSECONDS.toMillis(nextCheck - System.nanoTime());
      if (wait <= 0) {
        change(check(connection, postgres));
        failures = 0;
        nextCheck = System.nanoTime() + checkInterval.toNanos();
        wait = checkInterval.toMillis();
      }
      PGNotification[] notifications = postgres.getNotifications(Math.toIntExact(wait));
      if (notifications != null && notifications.length > 0) {
        wakeUp.run();
      }
    }
  }

  /** Returns why notifications may not come, or null if they do. */
  private @Nullable String check(Connection connection, PGConnection postgres) throws SQLException {
    byte[] argument = channel.getBytes(StandardCharsets.US_ASCII);
    try (PreparedStatement statement = connection.prepareStatement(CHECK)) {
      statement.setString(1, table);
      statement.setString(2, channel);
      statement.setString(3, table);
      statement.setBytes(4, Arrays.copyOf(argument, argument.length + 1));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        if (row.getInt(1) != postgres.getBackendPID()) {
          return POOLER;
        }
        if (!row.getBoolean(3)) {
          throw new SQLException("the connection does not listen any more");
        }
        if (!row.getBoolean(2)) {
          return "table " + table + " is not found; name its schema to PostgresWakeUps";
        }
        return row.getBoolean(4)
            ? null
            : "table "
                + table
                + " has no enabled trigger outbox_notify('"
                + channel
                + "'); run durable-outbox/notify/postgresql.sql of outbox-migrations, or correct"
                + " the channel";
      }
    }
  }

  /** Takes note that all is well, if there is no problem, or that it is not. */
  private void change(@Nullable String problem) {
    boolean before = up;
    up = problem == null && !isClosed();
    if (up && !before) {
      log.info("Wake-ups are up: listening on channel {}", channel);
    } else if (problem != null && !problem.equals(told)) {
      log.warn("Wake-ups are not up, and the relay polls as usual: {}", problem);
    }
    told = problem;
    if (up != before) {
      wakeUp.run();
    }
  }

  private void rest() {
    long longest = Math.min(LONGEST_WAIT_MILLIS, FIRST_WAIT_MILLIS << Math.min(failures, 10));
    failures++;
    try {
      // At random, so that many relays don't come back to a server in step.
      if (closed.await(
          longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2), TimeUnit.MILLISECONDS)) {
        log.debug("Wake-ups have ended");
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread, and if somebody does, it goes on.
      log.debug("Wake-ups were interrupted", e);
    }
  }

  private static void abort(@Nullable Connection connection) {
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException | RuntimeException e) {
        log.debug("A connection that listened could not be ended", e);
      }
    }
  }
}
