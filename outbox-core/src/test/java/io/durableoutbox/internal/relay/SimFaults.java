package io.durableoutbox.internal.relay;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimStore.Fault;
import io.durableoutbox.internal.relay.SimTrace.Kind;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Draws what goes wrong in the store, in the destinations and in the listeners, until it ends. */
final class SimFaults {
  /** How long they go on. */
  static final Duration DURATION = Duration.ofMinutes(2);

  /** How the second workspace is out of order. */
  private enum Down {
    UNAVAILABLE,
    SILENT,
    THROWING,
    MISCONFIGURED,
    PAUSED_BY_HAND
  }

  private final SimWorld world;
  private final SimTrace trace;
  private final Duration lease;
  private final SplittableRandom random;
  private final SplittableRandom listenerRandom;
  private final SplittableRandom stepRandom;
  private final int stepPerMille;
  private final Duration refusesFrom;
  private final Duration refusesFor;
  private final boolean calm;
  private final int storePercent;
  private final int serverPercent;
  private final int slowStorePercent;
  private final Duration slowestStore;
  private final int listenerPercent;
  private final Duration outage;
  private final Duration outageBegin;
  private final Down down;

  /**
   * Draws how bad it will be.
   *
   * @param calm whether only the second workspace, listeners and clocks are faulty
   */
  SimFaults(SimWorld world, SimTrace trace, Duration lease, boolean calm) {
    this.world = world;
    this.trace = trace;
    this.lease = lease;
    this.calm = calm;
    random = world.newRandom();
    listenerRandom = world.newRandom();
    stepRandom = world.newRandom();
    stepPerMille = calm || stepRandom.nextInt(3) > 0 ? 0 : 1 + stepRandom.nextInt(40);
    boolean refuses = !calm && stepRandom.nextInt(6) == 0;
    refusesFrom = Duration.ofSeconds(stepRandom.nextInt(50));
    refusesFor = Duration.ofSeconds(refuses ? 10 + stepRandom.nextInt(60) : 0);
    storePercent = random.nextInt(40);
    serverPercent = random.nextInt(80);
    slowStorePercent = random.nextInt(8);
    slowestStore = Duration.ofSeconds(random.nextInt(4) == 0 ? 60 : 4);
    // Longer than a lease at times, so that outcomes must be given up.
    outage = Duration.ofSeconds(random.nextInt(3) == 0 ? random.nextInt(100) : 0);
    outageBegin = Duration.ofSeconds(random.nextInt(60));
    listenerPercent = random.nextBoolean() ? 0 : random.nextInt(30);
    down = Down.values()[random.nextInt(Down.values().length)];
  }

  /** Returns whether the destination refuses everything for some time. */
  boolean refuseEverything() {
    return !refusesFor.isZero();
  }

  /** Returns when the destination accepts again. */
  Duration endOfRefusals() {
    return refusesFrom.plus(refusesFor);
  }

  private boolean refuseNow() {
    return world.time().compareTo(refusesFrom) >= 0 && world.time().compareTo(endOfRefusals()) < 0;
  }

  /** An error that a step of a relay's loop throws, wherever it draws a random number. */
  private static final class StepError extends Error {
    private static final long serialVersionUID = 1L;

    StepError() {
      super("simulated: a step has failed", null, false, Boolean.getBoolean("dbg"));
    }
  }

  /** Returns whether steps of the relays' loops fail. */
  boolean stepsFail() {
    return stepPerMille > 0;
  }

  boolean isInjected(Throwable failure) {
    return failure instanceof StepError;
  }

  /** Returns randomness that fails now and then in place of the step that draws it. */
  RandomGenerator throwing(SplittableRandom source) {
    return () -> {
      if (stepPerMille > 0 && !areOver() && stepRandom.nextInt(1_000) < stepPerMille) {
        trace.happened(Kind.STEP_THREW);
        throw new StepError();
      }
      return source.nextLong();
    };
  }

  boolean areOver() {
    return world.time().compareTo(DURATION) >= 0;
  }

  boolean secondIsPausedByHand() {
    return down == Down.PAUSED_BY_HAND;
  }

  Fault storeFault() {
    if (calm || areOver() || random.nextInt(100) >= storePercent) {
      return Fault.NONE;
    }
    boolean before = random.nextBoolean();
    trace.happened(before ? Kind.STORE_UNREACHABLE : Kind.STORE_ANSWER_LOST);
    return before ? Fault.BEFORE : Fault.AFTER;
  }

  Fault lookFault() {
    Fault fault = storeFault();
    if (fault != Fault.NONE) {
      trace.happened(Kind.LOOK_FAILED);
    }
    return fault;
  }

  /** Now and then outcomes can't be written for a long time, though all else works. */
  Fault settleFault() {
    Duration sinceOutage = world.time().minus(outageBegin);
    boolean out = !calm && !sinceOutage.isNegative() && sinceOutage.compareTo(outage) < 0;
    Fault fault = out && !areOver() ? Fault.BEFORE : storeFault();
    if (fault != Fault.NONE) {
      trace.happened(Kind.SETTLEMENT_FAILED);
    }
    return fault;
  }

  /** One way of a store call, there or back. */
  Duration storeDelay() {
    if (!calm && !areOver() && random.nextInt(100) < slowStorePercent) {
      trace.happened(Kind.SLOW_STORE_CALL);
      return Duration.ofNanos(random.nextLong(slowestStore.toNanos()));
    }
    return Duration.ofMillis(random.nextInt(20));
  }

  boolean callStillArrives() {
    return random.nextBoolean();
  }

  /**
   * Returns what comes of a request.
   *
   * @param poison an action that the server breaks on, or null
   */
  Plan firstPlan(boolean bad, @Nullable ClaimedAction poison) {
    Duration latency = Duration.ofMillis(20 + random.nextInt(400));
    boolean refused = bad || refuseNow();
    if (refuseNow()) {
      trace.happened(Kind.EVERYTHING_REFUSED);
    }
    if (poison != null && !areOver()) {
      trace.happened(Kind.POISONED);
      return switch ((int) (poison.eventUuid().getLeastSignificantBits() & 3)) {
        case 0 -> Plan.misconfigured(latency);
        case 1 -> new Plan(latency, false, new Outcome.Unknown(null, "reset", null), false);
        default -> Plan.lostBefore(latency);
      };
    }
    if (calm || areOver() || random.nextInt(100) >= serverPercent) {
      return answer(refused, latency);
    }
    return switch (random.nextInt(13)) {
      case 12 -> {
        trace.happened(Kind.LYING);
        yield new Plan(latency, false, new Outcome.Unknown(200, "not the API's", null), false);
      }
      case 0 -> {
        trace.happened(Kind.RATE_LIMITED);
        yield Plan.rateLimited(latency, retryAfter());
      }
      case 1 -> {
        trace.happened(Kind.MISCONFIGURED);
        yield Plan.misconfigured(latency);
      }
      case 2 -> {
        trace.happened(Kind.UNAVAILABLE);
        yield Plan.unavailable(latency);
      }
      case 3 -> {
        trace.happened(Kind.LOST_BEFORE);
        yield Plan.lostBefore(latency);
      }
      case 4 -> {
        trace.happened(refused ? Kind.LOST_BEFORE : Kind.LOST_AFTER);
        yield refused ? Plan.lostBefore(latency) : Plan.lostAfter(latency);
      }
      case 5 -> {
        trace.happened(Kind.NO_ANSWER);
        yield Plan.silent(!refused && random.nextBoolean());
      }
      case 6 -> {
        trace.happened(Kind.SEND_THREW);
        yield Plan.throwing();
      }
      case 7 -> answer(refused, Duration.ofMillis(random.nextInt(90_000)));
      default -> answer(refused, Duration.ofMillis(random.nextInt(20_000)));
    };
  }

  private @Nullable Duration retryAfter() {
    return random.nextBoolean() ? null : Duration.ofSeconds(random.nextInt(30));
  }

  private Plan answer(boolean refused, Duration latency) {
    if (latency.compareTo(lease) > 0) {
      trace.happened(Kind.ANSWER_AFTER_LEASE);
    } else if (latency.compareTo(SimSettings.CALL_TIMEOUT) > 0) {
      trace.happened(Kind.ANSWER_AFTER_CALL_TIMEOUT);
    } else if (latency.toSeconds() > 0) {
      trace.happened(Kind.SLOW_ANSWER);
    }
    if (refused) {
      trace.happened(Kind.REFUSED);
    }
    return refused ? Plan.refused(latency) : Plan.accepted(latency);
  }

  Plan secondPlan() {
    Duration latency = Duration.ofMillis(20 + random.nextInt(400));
    if (areOver()) {
      return Plan.accepted(latency);
    }
    return switch (down) {
      case UNAVAILABLE, PAUSED_BY_HAND -> Plan.unavailable(latency);
      case SILENT -> Plan.silent(false);
      case THROWING -> Plan.throwing();
      case MISCONFIGURED -> Plan.misconfigured(latency);
    };
  }

  /** Fails in place of a listener, now and then. */
  void inListener() {
    if (areOver() || listenerRandom.nextInt(100) >= listenerPercent) {
      return;
    }
    if (listenerRandom.nextInt(4) == 0) {
      trace.happened(Kind.LISTENER_OUT_OF_MEMORY);
      throw new OutOfMemoryError("simulated: a listener is out of memory");
    }
    trace.happened(Kind.LISTENER_THREW);
    throw new IllegalStateException("simulated: a listener is broken");
  }
}
