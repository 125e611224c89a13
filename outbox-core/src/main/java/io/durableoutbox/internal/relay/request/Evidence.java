package io.durableoutbox.internal.relay.request;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.internal.relay.request.Batch.Answer;
import java.util.HashSet;
import java.util.Set;

/**
 * Whose fault an answer is, by comparison with the other answers of the workspace.
 *
 * <p>A request that fails while others pass fails because of one of its actions. A request that
 * fails while nothing else passes says nothing of its actions: the destination is down, or the
 * configuration is wrong. The same holds for refusals: an action that is refused alone is at fault,
 * but not when many actions of different customers are refused one after the other and nothing is
 * accepted in between.
 *
 * <p>To <em>pass</em> is to be answered in the destination's own words, accepted or refused.
 *
 * <p>A relay keeps it from one run to the next. On the loop.
 */
public final class Evidence {
  /** After as many refusals in a row the next request is one action alone: it says the most. */
  private static final int ONE_BY_ONE_AFTER = 8;

  /** How many refused actions are kept, after the last one that was rejected, before the pause. */
  private static final int KEPT_BEFORE_PAUSE = 8;

  /** A search for the action at fault passes at every level, unless several are at fault. */
  private static final int MAX_BLAMED_IN_A_ROW = 8;

  /** What becomes of an action that was refused alone. */
  public enum Refusal {
    /** The action is at fault. */
    REJECT,
    /** Too much was refused in a row to blame the action. */
    KEEP,
    /** As {@link #KEEP}, and the workspace is to be paused. */
    PAUSE
  }

  private int maxRejectedInARow = Integer.MAX_VALUE;
  private final Set<String> rejectedCustomers = new HashSet<>();
  private boolean everPassed;
  private long passedNanos;
  private boolean passing;
  private int blamedInARow;
  private int refusalsInARow;
  private boolean refusesEverything;
  private int kept;

  /** Sets how many actions of different customers are rejected in a row. */
  public void rejectingAtMost(int inARow) {
    maxRejectedInARow = inARow;
  }

  /** Takes note of a request that was accepted. */
  public void accepted(long answeredNanos) {
    acceptedElsewhere();
    passed(answeredNanos);
  }

  /** Takes note that another relay's request was accepted. */
  public void acceptedElsewhere() {
    refusalsInARow = 0;
    refusesEverything = false;
    kept = 0;
    rejectedCustomers.clear();
  }

  /** Takes note of a request that was refused, of however many actions. */
  public void refused(long answeredNanos) {
    passed(answeredNanos);
    refusalsInARow++;
  }

  /** Takes note that another relay has found that everything is refused. */
  public void everythingIsRefused() {
    refusesEverything = true;
    refusalsInARow = Math.max(refusalsInARow, ONE_BY_ONE_AFTER);
  }

  private void passed(long answeredNanos) {
    everPassed = true;
    passedNanos = answeredNanos;
    passing = true;
    blamedInARow = 0;
  }

  /** Takes note of a failure that is not an action's. */
  public void failed() {
    passing = false;
  }

  /** Decides what becomes of an action that was refused alone. */
  public Refusal refusedAlone(ClaimedAction action) {
    if (!refusesEverything) {
      rejectedCustomers.add(action.customerId());
      refusesEverything = rejectedCustomers.size() >= maxRejectedInARow;
      return Refusal.REJECT;
    }
    kept++;
    if (kept < KEPT_BEFORE_PAUSE) {
      return Refusal.KEEP;
    }
    kept = 0;
    return Refusal.PAUSE;
  }

  /** Returns how many fewer requests should be out, since all are refused. */
  public int narrowing() {
    return refusalsInARow;
  }

  /** Returns whether the next request should have one action only. */
  public boolean asksOneByOne() {
    return refusalsInARow >= ONE_BY_ONE_AFTER;
  }

  /** Tells whether a failed request failed because of its actions, and takes note if so. */
  public boolean blames(Batch batch, Answer answer) {
    if (everPassed && passedNanos - answer.startedNanos() > 0) {
      return true;
    }
    // Proven before, so it says nothing of the destination, and its own delay bounds how often.
    boolean provenAlone = batch.actions().size() == 1 && batch.suspected();
    if (provenAlone) {
      return true;
    }
    boolean failedBefore = batch.actions().stream().allMatch(ClaimedAction::triedBefore);
    if (passing && (failedBefore || batch.suspected()) && blamedInARow < MAX_BLAMED_IN_A_ROW) {
      blamedInARow++;
      return true;
    }
    return false;
  }

  /** A connection that fails or a rate limit has nothing to do with what is sent. */
  public static boolean mayBeOfItsActions(Outcome outcome) {
    return outcome instanceof Outcome.Unknown || outcome instanceof Outcome.Misconfigured;
  }
}
