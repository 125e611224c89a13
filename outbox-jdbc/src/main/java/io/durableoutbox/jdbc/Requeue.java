package io.durableoutbox.jdbc;

import io.durableoutbox.jdbc.internal.operator.OperatorChecks;
import org.jspecify.annotations.Nullable;

/**
 * Which rejected or cancelled actions go back into the outbox, and how fast:
 *
 * <pre>{@code
 * Requeue.of(ActionFilter.all().workspace("eu").reasonContains("400"), "ticket 4711").perMinute(600)
 * }</pre>
 *
 * @param filter which of the rejected and cancelled ones; not empty, and its states only {@link
 *     ActionState#REJECTED} and {@link ActionState#CANCELLED}; none of these means both
 * @param reason why, 1 to 4,000 characters, for {@code outbox_operation.reason}; no personal data
 * @param perMinute how many may leave each minute, 1 to {@value #MAX_PER_MINUTE}, or null: as fast
 *     as the relays are
 * @param dryRun whether they are only counted
 */
public record Requeue(
    ActionFilter filter, String reason, @Nullable Integer perMinute, boolean dryRun) {
  /** The highest rate, in actions a minute. */
  public static final int MAX_PER_MINUTE = 1_000_000;

  /**
   * Checks.
   *
   * @throws IllegalArgumentException if the filter is empty or asks for what can't be requeued, or
   *     another argument can't be
   */
  public Requeue {
    OperatorChecks.requeued(filter);
    OperatorChecks.reason(reason);
    if (perMinute != null && (perMinute < 1 || perMinute > MAX_PER_MINUTE)) {
      throw new IllegalArgumentException(
          "perMinute must be from 1 to " + MAX_PER_MINUTE + ", not " + perMinute);
    }
  }

  /** Returns a requeue of all that the filter lets pass, at once. */
  public static Requeue of(ActionFilter filter, String reason) {
    return new Requeue(filter, reason, null, false);
  }

  /** Returns one whose actions become available at this rate, counted over all workspaces. */
  public Requeue perMinute(int actions) {
    return new Requeue(filter, reason, actions, dryRun);
  }

  /** Returns one that counts and writes nothing, not even that it was done. */
  public Requeue asDryRun() {
    return new Requeue(filter, reason, perMinute, true);
  }
}
