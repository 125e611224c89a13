package io.durableoutbox.internal.relay;

import java.util.EnumMap;
import java.util.Map;

/**
 * What happened in a run: each kind of thing counted, and all of it in one hash, so that two runs
 * that differ anywhere show it. UUIDs of version 7 stay out of it, as the clock is in them.
 */
final class SimTrace {
  /** A kind of fault or of event. */
  enum Kind {
    COMMITTED,
    ROLLED_BACK,
    CLAIMED,
    SENT,
    SENT_AGAIN,
    DELIVERED,
    REJECTED,
    CRASH,
    DEPLOYMENT,
    FREEZE_LONGER_THAN_LEASE,
    FREEZE,
    CLOCK_JUMP,
    STORE_UNREACHABLE,
    STORE_ANSWER_LOST,
    SETTLEMENT_FAILED,
    SLOW_STORE_CALL,
    STORE_CALL_OVERTAKEN,
    RATE_LIMITED,
    MISCONFIGURED,
    UNAVAILABLE,
    LOST_BEFORE,
    LOST_AFTER,
    NO_ANSWER,
    SEND_THREW,
    SLOW_ANSWER,
    ANSWER_AFTER_CALL_TIMEOUT,
    ANSWER_AFTER_LEASE,
    REFUSED,
    POISONED,
    LYING,
    EVERYTHING_REFUSED,
    REQUEUED,
    FAILED_OVER,
    LOST_BY_FAIL_OVER,
    VANISHED,
    STEP_THREW,
    PAUSED_BY_HAND,
    RESUMED_BY_HAND,
    PROBE,
    NEW_CREDENTIALS,
    WAKE_UP,
    LISTENER_THREW,
    LISTENER_OUT_OF_MEMORY,
    GIVEN_BACK,
    FENCED,
    ABANDONED,
    CALM_RUN,
    LIMITED_RUN,
    LOOK_FAILED,
    SHARED_LOOKS_RUN,
    RUN_WITH_SECOND_WORKSPACE
  }

  private final SimWorld world;
  private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
  private long hash;

  SimTrace(SimWorld world) {
    this.world = world;
  }

  void happened(Kind kind) {
    happened(kind, 1);
  }

  void happened(Kind kind, int times) {
    count(kind, times);
    add(kind.name(), times);
  }

  /** Counts what must leave no mark on anything else. */
  void count(Kind kind, int times) {
    counts.merge(kind, times, Integer::sum);
  }

  void add(String what, long detail) {
    hash = ((hash * 31 + what.hashCode()) * 31 + detail) * 31 + world.now();
  }

  Map<Kind, Integer> counts() {
    return counts;
  }

  long hash() {
    return hash;
  }
}
