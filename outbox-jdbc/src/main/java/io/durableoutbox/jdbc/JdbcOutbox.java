package io.durableoutbox.jdbc;

import io.durableoutbox.Action;
import io.durableoutbox.InvalidActionException;
import io.durableoutbox.OutboxException;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.jdbc.internal.Families;
import io.durableoutbox.jdbc.internal.JdbcRelayStore;
import io.durableoutbox.jdbc.internal.Traceparents;
import io.durableoutbox.jdbc.internal.audit.Backlogs;
import io.durableoutbox.jdbc.internal.audit.JdbcAudit;
import io.durableoutbox.jdbc.internal.diagnosis.Diagnoser;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.operator.JdbcOperator;
import io.durableoutbox.jdbc.internal.sql.SqlErrors;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.relay.RelayBuilder;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Outbox} in a PostgreSQL, MariaDB, MySQL or H2 database. The connection says which it
 * is; no parameter of the JDBC URL is needed.
 */
public final class JdbcOutbox implements Outbox {
  /** How many actions one call of {@link #add} takes. */
  public static final int MAX_ACTIONS = 10_000;

  private final Dialect dialect;
  private final Transactions transactions;
  private final JdbcRelayStore store;
  private final @Nullable String hidden;
  private final int maxActionBytes;
  private final @Nullable Traceparents traceparents;

  private JdbcOutbox(
      Dialect dialect,
      Transactions transactions,
      @Nullable String hidden,
      int maxActionBytes,
      @Nullable Traceparents traceparents) {
    this.dialect = dialect;
    this.transactions = transactions;
    this.store = new JdbcRelayStore(dialect, transactions);
    this.hidden = hidden;
    this.maxActionBytes = maxActionBytes;
    this.traceparents = traceparents;
  }

  /**
   * Makes the outbox whose tables a connection of the data source finds now, with default limits.
   * Their schema stays the same, whatever search path another connection has later. Checks the
   * schema's version; runs no DDL and starts no thread.
   *
   * @param dataSource the application's pool, with auto-commit on or off; it MUST lend connections
   *     of its own, and not the transaction that the calling thread is in
   * @throws OutboxException if the database can't be reached, is of an unknown family, its tables
   *     are missing or of a version that this library does not work with, or the data source lends
   *     the caller's transaction
   */
  public static JdbcOutbox create(DataSource dataSource) {
    return builder(dataSource).build();
  }

  /**
   * Starts to build an outbox.
   *
   * @param dataSource the application's pool, with auto-commit on or off
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  @Override
  public AddResult add(Connection transaction, Action... actions) {
    return add(transaction, Arrays.asList(actions));
  }

  @Override
  public AddResult add(Connection transaction, Collection<Action> actions) {
    List<Action> list = checked(actions);
    try {
      if (transaction.getAutoCommit()) {
        throw new OutboxException(
            "The connection has auto-commit on, so there is no transaction to be part of; call"
                + " setAutoCommit(false), or add inside the transaction of your framework");
      }
      if (list.isEmpty()) {
        return new AddResult(0, List.of());
      }
      Set<UUID> added =
          dialect.add(transaction, list, traceparents == null ? null : traceparents.current());
      int count = added.size();
      if (count == list.size()) {
        return new AddResult(count, List.of());
      }
      List<UUID> duplicates = new ArrayList<>();
      for (Action action : list) {
        if (!added.remove(action.eventUuid())) {
          duplicates.add(action.eventUuid());
        }
      }
      return new AddResult(count, duplicates);
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap("write actions", e);
    }
  }

  @Override
  public RelayBuilder relay(Destination... destinations) {
    checkAllIsSeen("A relay");
    return Relay.builder(store, destinations);
  }

  @Override
  public Operator operator(String name) {
    checkAllIsSeen("An operator");
    return new JdbcOperator(dialect, transactions, name);
  }

  @Override
  public Audit audit() {
    return new JdbcAudit(dialect, transactions);
  }

  @Override
  public List<WorkspaceState> workspaces() {
    return transactions.run("read the workspaces", connection -> dialect.workspaces(connection));
  }

  @Override
  public List<WorkspaceBacklog> backlog() {
    return transactions.run("read what waits", connection -> Backlogs.read(dialect, connection));
  }

  @Override
  public Diagnosis diagnose() {
    return new Diagnoser(dialect, transactions).run();
  }

  @Override
  public Maintenance.Builder maintenance() {
    checkAllIsSeen("A maintenance");
    return new Maintenance.Builder(dialect, transactions);
  }

  private void checkAllIsSeen(String who) {
    if (hidden != null) {
      throw new OutboxException(
          who
              + " must see all rows, and row-level security may hide some of "
              + hidden
              + " from this database user. "
              + Diagnoser.SEE_ALL_ROWS);
    }
  }

  private List<Action> checked(Collection<Action> actions) {
    if (actions.size() > MAX_ACTIONS) {
      throw new OutboxException(
          "add was given "
              + actions.size()
              + " actions, but takes at most "
              + MAX_ACTIONS
              + "; call it several times in the same transaction");
    }
    for (Action action : actions) {
      if (action == null) {
        throw new InvalidActionException("action", "is null; leave it out");
      }
      String user = action.userAttributes().orElse("");
      int bytes = ClaimedAction.bytes(action.customerId(), user, action.attributes());
      if (bytes > maxActionBytes) {
        throw new InvalidActionException(
            user.length() > action.attributes().length() ? "user_attributes" : "attributes",
            "make the action "
                + bytes
                + " bytes, but at most "
                + maxActionBytes
                + " are allowed; send less, or raise maxActionBytes of the outbox");
      }
    }
    return List.copyOf(actions);
  }

  /** Builds a {@link JdbcOutbox}. Not thread-safe. */
  public static final class Builder {
    private final DataSource dataSource;
    private @Nullable String schema;
    private int maxActionBytes = 64 * 1024;
    private boolean asynchronousCommit = true;
    private @Nullable Traceparents traceparents;

    private Builder(DataSource dataSource) {
      this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
    }

    /**
     * Sets the schema that holds the outbox's tables, by its exact name; default: the one in which
     * a connection finds them when the outbox is built. On MariaDB and MySQL a schema is a database
     * of the same server.
     *
     * @param name a letter or underscore, then up to 62 letters, digits or underscores
     */
    public Builder schema(String name) {
      if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,62}")) {
        throw new IllegalArgumentException(
            "schema must be a letter or underscore and then up to 62 letters, digits or"
                + " underscores");
      }
      schema = name;
      return this;
    }

    /**
     * Sets how large one action may be as it is sent, names and punctuation included; default
     * 65,536 bytes.
     *
     * @param bytes from 1,000 to 262,144
     */
    public Builder maxActionBytes(int bytes) {
      if (bytes < 1_000 || bytes > ClaimedAction.MAX_BYTES) {
        throw new IllegalArgumentException(
            "maxActionBytes must be from 1000 to " + ClaimedAction.MAX_BYTES + ", not " + bytes);
      }
      maxActionBytes = bytes;
      return this;
    }

    /**
     * Sets whether the relay commits its claims and outcomes on PostgreSQL <a
     * href="https://www.postgresql.org/docs/current/wal-async-commit.html">asynchronously</a>, in
     * its own transactions only; default true. What {@link Outbox#add} wrote is as durable as the
     * caller's commit in either case. When the database server crashes, outcomes of its last
     * moments, at most three times {@code wal_writer_delay}, may be forgotten: those actions are
     * sent again with the same UUIDs. Other databases commit as they are set up.
     *
     * @param on false to wait for the disk each time, which is slower
     */
    public Builder asynchronousCommit(boolean on) {
      asynchronousCommit = on;
      return this;
    }

    /**
     * Sets who knows the trace that the caller is in, so that a request's span can link to those of
     * its actions; default nobody. {@code outbox-opentelemetry} brings one for OpenTelemetry.
     *
     * @param current asked once by each {@link Outbox#add}, on the caller's thread, before the
     *     database is; returns a <a
     *     href="https://www.w3.org/TR/trace-context/#traceparent-header">W3C traceparent</a>, or
     *     null when there is none. Must be thread-safe and must not block. What it throws, and what
     *     it returns that is no traceparent, is dropped, and told of in the log once: it never
     *     hurts the caller's transaction
     */
    public Builder traceparent(Supplier<? extends @Nullable String> current) {
      traceparents = new Traceparents(current);
      return this;
    }

    /**
     * Checks the database and makes the outbox.
     *
     * @throws OutboxException as {@link JdbcOutbox#create} says
     */
    public JdbcOutbox build() {
      Transactions transactions = Transactions.on(dataSource);
      JdbcOutbox outbox =
          transactions.run(
              "check the outbox's schema",
              connection -> {
                Dialect dialect = Families.dialect(connection, schema, asynchronousCommit);
                dialect.checkVersion(connection);
                dialect.checkEncoding(connection);
                String hidden = dialect.hiddenBy(connection);
                return new JdbcOutbox(dialect, transactions, hidden, maxActionBytes, traceparents);
              });
      outbox.dialect.learn(transactions);
      return outbox;
    }
  }
}
