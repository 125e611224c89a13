package io.durableoutbox.jdbc;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of actions: the views {@code outbox_audit} and {@code outbox_audit_attempt} for
 * applications. Reads only; each call is one short transaction of its own, on a connection of the
 * outbox's data source, and sees what was committed. Thread-safe.
 *
 * <p>Nothing here holds more than one page in memory. A page has what the actions have: at 1,000
 * actions of the default limit of 64 kB, that is up to 64 MB; ask for less where actions are large.
 */
public interface Audit {
  /** How many actions a page has at most. */
  int MAX_PAGE = 1_000;

  /** How many attempts of an action are told at most. */
  int MAX_ATTEMPTS = 1_000;

  /**
   * Returns an action wherever it stands, or nothing if it was never written, its transaction was
   * rolled back or is still open, or its history has been dropped. If others than this library have
   * written the UUID twice, the one that was written last.
   *
   * @param eventUuid the action's UUID
   * @throws io.durableoutbox.OutboxException if the database refuses
   */
  Optional<AuditedAction> find(UUID eventUuid);

  /**
   * Returns the attempts to deliver an action, in order of time, the one that delivered it too; of
   * more than {@value #MAX_ATTEMPTS} the newest.
   *
   * @param eventUuid the action's UUID
   * @throws io.durableoutbox.OutboxException if the database refuses
   */
  List<AuditedAttempt> attempts(UUID eventUuid);

  /**
   * Returns a page of the actions that pass a filter, each with the time that {@link
   * ActionFilter#from} means: first those that wait, by workspace and in order of writing; then
   * those rejected and cancelled, by {@code rejected_at}; then those delivered, by {@code sent_at}.
   *
   * <p>Every page is a query of its own, and actions go on moving between pages. Whatever passed
   * the filter when the first page was read and still does is in some page: an action that is
   * delivered or rejected meanwhile moves forward in this order, so it is told where it was, where
   * it is, or both (by its UUID the last one counts). Only what a person requeues meanwhile can
   * move back and be missed.
   *
   * <p>By an index are found: the page's beginning, UUIDs, a request, a {@code req_id}, the
   * customer of delivered and rejected actions, a time range of delivered and rejected ones. All
   * other conditions are tried on each action from there on, so a rare text among many actions
   * takes long: give a range of time, too. PostgreSQL 12 has no incremental sort: there, give a
   * range of time whenever delivered actions are asked for.
   *
   * @param filter which actions
   * @param after {@link AuditPage#next} of the page before, or null for the first page; a place in
   *     the order of all actions, so it may be kept, and used with another filter
   * @param limit how many at most, from 1 to {@value #MAX_PAGE}
   * @throws IllegalArgumentException if the limit can't be, or {@code after} is no such text
   * @throws io.durableoutbox.OutboxException if the database refuses
   */
  AuditPage list(ActionFilter filter, @Nullable String after, int limit);

  /**
   * Returns how many actions are not delivered, for each workspace and state, by their names; at
   * most 1,000 entries. Reads all waiting and rejected rows: at 100,000 of them it takes some
   * tenths of a second, so it is no metric to read each second.
   *
   * @throws io.durableoutbox.OutboxException if the database refuses
   */
  List<WorkspaceCount> undelivered();
}
