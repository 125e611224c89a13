package io.durableoutbox.jdbc;

import io.durableoutbox.Action;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.relay.RelayBuilder;
import java.sql.Connection;
import java.util.Collection;
import java.util.List;

/**
 * Where an application writes its actions, inside its own transaction. Owns no thread and no
 * connection. Thread-safe.
 *
 * <p>An interface, so that an application's own tests can replace it; {@link JdbcOutbox} makes the
 * real one.
 */
public interface Outbox {
  /**
   * Writes actions as a part of the caller's transaction: they exist if and only if it commits.
   *
   * <p>The connection MUST have auto-commit off and MUST be to the database that this outbox was
   * made for. It is used for a few statements and MUST NOT be used by another thread meanwhile; it
   * is never committed, rolled back or closed. jOOQ, Spring, JPA and JTA can all lend theirs. The
   * rows go into the outbox's own schema, whatever search path the connection has: with a schema
   * for each tenant make an outbox for each.
   *
   * <p>An action whose UUID is in the outbox already is not written again, which is a result and
   * not an exception, and never aborts the transaction. UUIDs that the caller brought are looked
   * for among the delivered and the rejected ones too, and so is an {@link Action} object that is
   * added again. On PostgreSQL, one object that two threads add for the first time at the same
   * moment may fail one of the two transactions (SQLState 23505); it is written once.
   *
   * <p>A deadlock that the database ends at the caller's cost is an exception, as of any statement
   * (SQLState 40001, PostgreSQL 40P01). MariaDB and MySQL have rolled back the whole transaction
   * then: do it again from its beginning.
   *
   * @param transaction the caller's connection, with auto-commit off
   * @param actions at most {@value JdbcOutbox#MAX_ACTIONS}; none is allowed and does nothing
   * @return how many were written, and which were there already
   * @throws io.durableoutbox.InvalidActionException if an action is null or larger than the limit;
   *     nothing was written
   * @throws io.durableoutbox.OutboxException if auto-commit is on, there are too many actions, or
   *     the database refuses; its message has the SQLState
   */
  AddResult add(Connection transaction, Collection<Action> actions);

  /**
   * Writes actions as a part of the caller's transaction; see {@link #add(Connection, Collection)}.
   *
   * @param transaction the caller's connection, with auto-commit off
   * @param actions what to write
   * @return how many were written, and which were there already
   */
  AddResult add(Connection transaction, Action... actions);

  /**
   * Starts to build a relay for this outbox. Its connections come from the outbox's data source,
   * two at a time at most, and only for short transactions.
   *
   * @param destinations one for each workspace to serve, at least one; the relay closes them
   * @throws io.durableoutbox.OutboxException if row-level security may hide rows from the data
   *     source's user
   */
  RelayBuilder relay(Destination... destinations);

  /**
   * Returns what a person may do to the running outbox.
   *
   * @param name who does it, 1 to 255 characters, as it will stand in the tables
   * @throws io.durableoutbox.OutboxException as {@link #relay} says
   */
  Operator operator(String name);

  /** Returns what answers questions about actions; it only reads. */
  Audit audit();

  /** Returns the workspaces that are or were paused, by name; at most 1,000. */
  List<WorkspaceState> workspaces();

  /**
   * Returns what waits, is rejected or is paused, for each workspace of which anything is, by name;
   * at most 1,000 of each kind. Counts at most {@value WorkspaceBacklog#MAX_COUNT} rows of a
   * workspace, by indexes, so that it stays cheap however much waits: for a gauge that is read
   * every 10 seconds, or a status page.
   *
   * @throws io.durableoutbox.OutboxException if the database can't be reached or refuses
   */
  List<WorkspaceBacklog> backlog();

  /**
   * Looks at the whole and says in plain words what is wrong and what to do: what waits, is paused
   * or rejected; the schema against the one that was shipped; maintenance, operations, clocks; on
   * PostgreSQL also indexes, the claim's plan, vacuum and what keeps it from its work, partitions,
   * and privileges; on MariaDB and MySQL also open transactions. {@code docs/diagnosis.md} has each
   * code and limit.
   *
   * <p>One transaction of its own, which only reads and takes no lock that a writer or a relay
   * would wait for; on all but H2 each statement takes 5 seconds at most, and all together usually
   * far less than one. For a person, a start or an alert, every few minutes; not for a health
   * endpoint that is asked every second. A check that can't be made is a finding and hides no
   * other.
   *
   * @return what is wrong; nothing on a healthy database
   * @throws io.durableoutbox.OutboxException if the database can't be reached
   */
  Diagnosis diagnose();

  /**
   * Starts to build what keeps the history as long as it shall be kept, and redacts it. Without one
   * nothing is ever deleted, and on PostgreSQL no partitions are made beyond those of the
   * migration.
   *
   * @throws io.durableoutbox.OutboxException as {@link #relay} says
   */
  Maintenance.Builder maintenance();
}
