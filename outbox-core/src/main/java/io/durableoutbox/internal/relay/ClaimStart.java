package io.durableoutbox.internal.relay;

import io.durableoutbox.destination.ClaimedAction;
import java.util.List;

/**
 * From which id a claim looks, so that it need not step over what was settled: while a transaction
 * is left open in the database, the remains of settled rows stay where claims begin, and each costs
 * about as much as a waiting one.
 *
 * <p>A hint, and never a cursor. Rows may turn up below it: ids are given before their transaction
 * commits, rows come back when a lease ends, and others set them back. So it is a second old at
 * least, and now and then a claim looks at everything: each second, or less often where that is
 * dear, so that it takes a two-hundredth of the time, but every 30 s in any case. Within a backlog
 * the next claim begins where the last one ended: else each would step over all that is on its way.
 *
 * <p>Where others drain the same backlog, it begins behind what they are likely to have taken
 * since: each of their rows costs a try to lock it, so all but one in N of the rows that a claim
 * looks at would be wasted with N relays. What is skipped wrongly waits for the next look at
 * everything, which follows at once when nothing more is found.
 *
 * <p>A look is dear by what it takes beyond the claim before it, twice in a row: one that was slow
 * because the JVM was cold, or the database busy, puts off nothing.
 */
final class ClaimStart {
  private static final long SECOND = 1_000_000_000L;
  private static final long MAX_PAUSE = 30 * SECOND;
  private static final int PART_OF_THE_TIME = 200;
  private static final int FEW_ROWS = 32;

  private long older;
  private long newer;
  private long newest;
  private long newerNanos;
  private long end;
  private long ahead;
  private long othersTook;
  private long nextLookAtAllNanos;
  private long otherClaimNanos;
  private long lastExtraNanos;
  private boolean lookAtAll = true;

  ClaimStart(long now) {
    newerNanos = now;
  }

  /** Returns the smallest id for the next claim to look at, 0 for all. */
  long next(long now) {
    return lookAtAll || now - nextLookAtAllNanos >= 0 ? 0 : Math.max(older, behind());
  }

  private long behind() {
    return end == 0 ? 0 : end + ahead;
  }

  /** Has the next claim look at everything, since something came back. */
  void lookAtAll() {
    lookAtAll = true;
  }

  /**
   * Takes note of a claim.
   *
   * @param from what it was told
   * @param actions what it took, in the order of their ids
   * @param more whether more may be waiting
   * @return whether something may be waiting that it skipped
   */
  boolean claimed(
      long from, List<ClaimedAction> actions, boolean more, long startedNanos, long now) {
    if (from == 0) {
      lookAtAll = false;
      long extra = Math.max(0, now - startedNanos - otherClaimNanos);
      long pause = Math.max(SECOND, PART_OF_THE_TIME * Math.min(extra, lastExtraNanos));
      lastExtraNanos = extra;
      nextLookAtAllNanos = now + Math.min(pause, MAX_PAUSE);
    } else {
      otherClaimNanos = now - startedNanos;
    }
    if (newest == 0 && !actions.isEmpty()) {
      // Not known yet, and a second of looks at everything may be dear.
      newest = actions.get(0).id();
      newer = newest;
      older = newest;
      newerNanos = now;
    }
    if (now - newerNanos >= SECOND) {
      older = newer;
      newer = newest;
      newerNanos = now;
    }
    if (!actions.isEmpty()) {
      newest = actions.get(0).id();
      newer = Math.min(newer, newest);
      older = Math.min(older, newest);
    }
    if (more && !actions.isEmpty()) {
      goOnBehind(from, actions);
      return false;
    }
    boolean skipped = from != 0 && from == behind() && ahead > 0;
    lookAtAll |= skipped;
    end = 0;
    ahead = 0;
    othersTook = 0;
    return skipped;
  }

  /**
   * Ids are not dense: a gap that is small beside the claim says nothing of others, nor does one
   * beside a few rows, whose own gaps are as wide, and stepping over as few costs little. Of what
   * two claims in a row found taken an eighth is looked at again, so that it shrinks when others
   * end.
   */
  private void goOnBehind(long from, List<ClaimedAction> actions) {
    long first = actions.get(0).id();
    long last = actions.get(actions.size() - 1).id();
    if (from != 0) {
      long between = from == behind() ? first - end : 0;
      boolean ownGap = actions.size() < FEW_ROWS || 4 * between < last - first;
      long taken = ownGap ? 0 : between;
      ahead = Math.min(taken, othersTook) * 7 / 8;
      othersTook = taken;
    }
    end = last + 1;
  }
}
