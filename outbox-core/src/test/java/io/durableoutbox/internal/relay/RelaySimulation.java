package io.durableoutbox.internal.relay;

import io.durableoutbox.Samples;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.internal.relay.SimInvariants.Nature;
import io.durableoutbox.internal.relay.SimTrace.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Some minutes in the life of two relays on one outbox, all drawn from a seed: what {@link
 * SimFaults} draws, and relays that die or are stopped at any step, freeze for longer than their
 * lease or have clocks that jump, people who pause and resume, and a second workspace that is down
 * all the time. Then the faults end, and {@link SimInvariants} must hold.
 */
final class RelaySimulation {
  /** A lease, the longest backoff, and the time to work through what is left. */
  private static final Duration RECOVERY = Duration.ofMinutes(10);

  /** In a calm run: polls, a refused request's halves, and what came at the same time. */
  private static final Duration CALM_WAIT = Duration.ofSeconds(15);

  /** Most relays take as many in the time of the faults. */
  private static final int MOST_STEPS = 400;

  /**
   * In a calm run with actions that the server breaks on: the search for them, and short pauses.
   */
  private static final Duration POISONED_WAIT = Duration.ofSeconds(60);

  /** In a calm run: until each relay has learned which action it is. */
  private static final int MOST_PAUSES = 15;

  private static final int REFUSALS = 3;

  private static final String FIRST = "shop";
  private static final String SECOND = "second";
  private static final String LARGE =
      Samples.contextPlus("\"x\":\"" + "x".repeat(SimSettings.MAX_BYTES / 3) + "\"");
  private static final String UNFIT = "{\"cid\":7}";

  private final SimRelays sim;
  private final SimWorld world;
  private final SplittableRandom random;
  private final SplittableRandom clockRandom;
  private final SplittableRandom faultRandom;
  private final SimTrace trace;
  private final SimFaults faults;
  private final SimInvariants invariants;
  private final SimRequestRules rules;
  private final SimSettings settings;
  private final boolean calm;
  private final boolean withSecond;
  private final boolean clocksJump;
  private final boolean poisoned;
  private final SimDestination first;
  private final SimDestination second;
  private final SimProcess[] relays = new SimProcess[2];
  private final Duration[] clockIsAhead = {Duration.ZERO, Duration.ZERO};
  private final long[] lastJumpNanos = {0, 0};
  private final int[] steps = {0, 0};
  private final List<Map<Integer, Runnable>> plannedSteps =
      List.of(new HashMap<>(), new HashMap<>());
  private final List<SimProcess> retired = new ArrayList<>();
  private int started;
  private int sentToSecondWhileDown;

  /** What happened in a run, and a hash over all of it. */
  record Summary(Map<Kind, Integer> counts, long hash) {}

  RelaySimulation(long seed) {
    this(seed, true);
  }

  /** Makes the run of a seed, the clocks of its relays jumping or not. */
  RelaySimulation(long seed, boolean clocksJump) {
    this.clocksJump = clocksJump;
    sim = new SimRelays(seed);
    world = sim.world;
    random = world.newRandom();
    clockRandom = world.newRandom();
    faultRandom = world.newRandom();
    trace = new SimTrace(world);
    calm = random.nextInt(8) == 0;
    withSecond = calm || random.nextInt(3) == 0;
    int elements = 1 + random.nextInt(5);
    SimSettings drawn =
        SimSettings.small()
            .polling(Duration.ofSeconds(2))
            .leasing(Duration.ofSeconds(26 + random.nextInt(35)))
            .inFlight(1 + random.nextInt(3))
            .elements(elements)
            .actions(elements + random.nextInt(6));
    boolean limited = !calm && random.nextInt(4) == 0;
    SimSettings bounded =
        limited ? drawn.limited(20 + random.nextInt(100), 40 + random.nextInt(200)) : drawn;
    trace.happened(Kind.CALM_RUN, calm ? 1 : 0);
    trace.happened(Kind.LIMITED_RUN, limited ? 1 : 0);
    trace.happened(Kind.RUN_WITH_SECOND_WORKSPACE, withSecond ? 1 : 0);
    faults = new SimFaults(world, trace, bounded.lease(), calm);
    settings = faults.refuseEverything() ? bounded.refusing(REFUSALS) : bounded;
    poisoned = faultRandom.nextInt(3) == 0;
    invariants = new SimInvariants(sim, trace);
    rules = new SimRequestRules(sim, trace, invariants, faults.stepsFail());
    first = sim.destination(FIRST);
    second = sim.destination(SECOND);
    boolean sharesLooks = world.newRandom().nextBoolean();
    sim.mostOwnPolls = sharesLooks ? 0 : SharedPoll.MOST_OWN_POLLS;
    trace.happened(Kind.SHARED_LOOKS_RUN, sharesLooks ? 1 : 0);
  }

  /** Runs it and checks it. */
  Summary run() {
    sim.storeDelay = faults::storeDelay;
    sim.store.claimFault = spec -> faults.storeFault();
    sim.store.settleFault = settlements -> faults.settleFault();
    sim.store.pauseFault = faults::storeFault;
    sim.store.lookFault = faults::lookFault;
    first.script =
        r ->
            faults.firstPlan(
                r.actions().stream().anyMatch(invariants::isBad),
                r.actions().stream().filter(invariants::isPoison).findFirst().orElse(null));
    second.script =
        request -> {
          sentToSecondWhileDown += faults.areOver() ? 0 : 1;
          return faults.secondPlan();
        };
    commitOverTime();
    if (withSecond) {
      commitToSecond();
    }
    for (int i = 0; i < relays.length; i++) {
      start(i);
      jumpsOf(i);
      wakeUpsOf(i);
      if (!calm) {
        crashesOf(i);
        freezesOf(i);
        deploymentsOf(i);
      }
    }
    if (!calm) {
      peopleAct();
      failOvers();
    }
    if (faults.refuseEverything()) {
      world.after(faults.endOfRefusals(), this::requeueTheInnocent);
    }
    world.after(
        SimFaults.DURATION,
        () -> {
          resumeByHand(FIRST);
          resumeByHand(SECOND);
        });
    world.runFor(SimFaults.DURATION.plusSeconds(20));
    if (!sim.drain(RECOVERY)) {
      invariants.broke("{} actions wait for ever", sim.store.pending());
    }
    if (faults.refuseEverything()) {
      // What was refused at last may have been written after a person looked.
      requeueTheInnocent();
      if (!sim.drain(RECOVERY)) {
        invariants.broke("{} requeued actions wait for ever", sim.store.pending());
      }
    }
    for (int i = 0; i < relays.length; i++) {
      relays[i].checkSkew(clockIsAhead[i], lastJumpNanos[i]);
    }
    int last = random.nextInt(relays.length);
    stop(relays[1 - last]);
    deliverAlone();
    stop(relays[last]);
    retired.forEach(relay -> relay.checkStopped(RECOVERY));
    invariants.checkEnd(Map.of(FIRST, first, SECOND, second));
    long wait = invariants.longestWaitNanos(FIRST);
    if (calm && !poisoned && wait > CALM_WAIT.toNanos()) {
      invariants.broke("the second workspace delays the first by {}", Duration.ofNanos(wait));
    }
    if (calm && poisoned && wait > POISONED_WAIT.toNanos()) {
      invariants.broke("what the server breaks on delays others by {}", Duration.ofNanos(wait));
    }
    if (calm && sentToSecondWhileDown > relays.length * settings.inFlight() + invariants.probes()) {
      invariants.broke("{} requests to a workspace that is down", sentToSecondWhileDown);
    }
    int pauses = sim.store.pausesOf.getOrDefault(FIRST, 0);
    if (calm && pauses > MOST_PAUSES) {
      invariants.broke("what the server breaks on pauses the workspace {} times", pauses);
    }
    invariants.throwIfBroken();
    return new Summary(trace.counts(), trace.hash());
  }

  private void stop(SimProcess relay) {
    relay.beginStop();
    relay.checkStopped(RECOVERY);
  }

  /** Nothing but a person brings them back: and no relay has given up more than it may. */
  private void requeueTheInnocent() {
    // Twice, since what was sent before may be accepted in between.
    if (invariants.innocentAndRejected() > 2L * REFUSALS * started) {
      invariants.broke(
          "{} innocent actions are rejected by {} relays",
          invariants.innocentAndRejected(),
          started);
    }
    invariants.requeued(sim.store.requeue(invariants::isInnocent));
  }

  private void failOvers() {
    int times = Math.max(0, faultRandom.nextInt(5) - 3);
    for (int n = 0; n < times; n++) {
      world.after(
          Duration.ofNanos(faultRandom.nextLong(SimFaults.DURATION.toNanos())),
          () -> {
            trace.happened(Kind.FAILED_OVER);
            invariants.lost(sim.store.failOver(1 + faultRandom.nextInt(6)));
          });
    }
  }

  /** What one relay has kept to itself, or no longer does, the other must not make up for. */
  private void deliverAlone() {
    for (int i = 0; i < 3; i++) {
      commit(FIRST, newAction(Nature.GOOD), Nature.GOOD);
    }
    if (withSecond) {
      commit(SECOND, newAction(Nature.GOOD), Nature.GOOD);
    }
    if (!sim.drain(RECOVERY)) {
      invariants.broke("{} actions wait for ever for one relay", sim.store.pending());
    }
  }

  /** Ids are given before the commit, so some become visible after later ones. */
  private void commitOverTime() {
    int actions = 5 + random.nextInt(60);
    int poisons = 0;
    boolean inABurst = !calm && random.nextInt(3) == 0;
    int begin = inABurst ? random.nextInt(80_000) : 0;
    for (int i = 0; i < actions; i++) {
      Duration insert = Duration.ofMillis(begin + random.nextInt(inABurst ? 5_000 : 90_000));
      Duration untilCommit = Duration.ofMillis(random.nextInt(10) == 0 ? 5_000 : 1);
      boolean rolledBack = random.nextInt(20) == 0;
      Nature drawn =
          random.nextInt(12) == 0
              ? Nature.UNFIT
              : random.nextInt(15) == 0 ? Nature.BAD : Nature.GOOD;
      boolean poison =
          poisoned
              && drawn == Nature.GOOD
              && (!calm || poisons == 0)
              && faultRandom.nextInt(20) == 0;
      poisons += poison ? 1 : 0;
      // While everything is refused a bad action looks like any other.
      boolean good = drawn == Nature.BAD && faults.refuseEverything();
      Nature nature = poison ? Nature.POISON : good ? Nature.GOOD : drawn;
      world.after(
          insert,
          () -> {
            ClaimedAction action = newAction(nature);
            int failOvers = sim.store.failOvers;
            world.after(
                untilCommit,
                () -> {
                  if (rolledBack || failOvers != sim.store.failOvers) {
                    trace.happened(Kind.ROLLED_BACK);
                  } else {
                    commit(FIRST, action, nature);
                  }
                });
          });
    }
  }

  private void commitToSecond() {
    if (faults.secondIsPausedByHand()) {
      pauseByHand(SECOND, null);
    }
    int actions = 1 + random.nextInt(12);
    for (int i = 0; i < actions; i++) {
      world.after(
          Duration.ofMillis(random.nextInt(30_000)),
          () -> commit(SECOND, newAction(Nature.GOOD), Nature.GOOD));
    }
  }

  private void commit(String workspace, ClaimedAction action, Nature nature) {
    sim.commit(workspace, action);
    invariants.committed(workspace, action, nature);
    relays[random.nextInt(relays.length)].wakeUp();
  }

  private ClaimedAction newAction(Nature nature) {
    long id = sim.store.nextId();
    String user = "user-" + random.nextInt(faults.refuseEverything() ? 1_000 : 8);
    Integer offset = random.nextInt(4) == 0 ? 3_600 : null;
    String attributes = random.nextInt(8) == 0 ? LARGE : Samples.CONTEXT;
    boolean validated = random.nextInt(4) > 0;
    return nature == Nature.UNFIT
        ? sim.action(id, user, offset, UNFIT, false)
        : sim.action(id, user, offset, attributes, validated);
  }

  private void start(int i) {
    relays[i] =
        new SimProcess(
            sim,
            invariants,
            rules,
            trace,
            faults,
            settings.named("relay-" + started++),
            () -> world.clock().instant().plus(clockIsAhead[i]),
            withSecond ? List.of(second, first) : List.of(first),
            () -> step(i));
  }

  private void step(int i) {
    Runnable planned = plannedSteps.get(i).remove(++steps[i]);
    if (planned != null && !faults.areOver()) {
      planned.run();
    }
  }

  /** Runs it at some time, or just before some step of a relay. */
  private void somewhere(int i, Runnable task) {
    if (random.nextBoolean()) {
      world.after(someTime(), task);
    } else {
      plannedSteps.get(i).put(random.nextInt(MOST_STEPS), task);
    }
  }

  private Duration someTime() {
    return Duration.ofNanos(random.nextLong(SimFaults.DURATION.toNanos()));
  }

  private void crashesOf(int i) {
    int times = random.nextInt(4);
    for (int n = 0; n < times; n++) {
      somewhere(
          i,
          () -> {
            trace.happened(Kind.CRASH);
            relays[i].scheduler().crash();
            start(i);
          });
    }
  }

  private void freezesOf(int i) {
    int times = Math.max(0, random.nextInt(5) - 2);
    for (int n = 0; n < times; n++) {
      Duration wanted = settings.lease().multipliedBy(20 + random.nextInt(130)).dividedBy(100);
      somewhere(
          i,
          () -> {
            Duration left = SimFaults.DURATION.minus(world.time());
            Duration length = wanted.compareTo(left) < 0 ? wanted : left;
            boolean outlastsLease = length.compareTo(settings.lease()) > 0;
            trace.happened(outlastsLease ? Kind.FREEZE_LONGER_THAN_LEASE : Kind.FREEZE);
            SimScheduler process = relays[i].scheduler();
            process.freeze();
            world.after(length, process::thaw);
          });
    }
  }

  /** One is stopped, and the next one does not wait for its end. */
  private void deploymentsOf(int i) {
    int times = Math.max(0, random.nextInt(5) - 2);
    for (int n = 0; n < times; n++) {
      somewhere(
          i,
          () -> {
            trace.happened(Kind.DEPLOYMENT);
            relays[i].beginStop();
            retired.add(relays[i]);
            start(i);
          });
    }
  }

  /** Hours off, back and forth. Draws from a source of its own, so that it moves nothing else. */
  private void jumpsOf(int i) {
    int times = clocksJump ? clockRandom.nextInt(4) : 0;
    for (int n = 0; n < times; n++) {
      Duration ahead = Duration.ofMillis(clockRandom.nextInt(-100_000_000, 100_000_000));
      world.after(
          Duration.ofNanos(clockRandom.nextLong(SimFaults.DURATION.toNanos())),
          () -> {
            clockIsAhead[i] = ahead;
            lastJumpNanos[i] = world.now();
            trace.count(Kind.CLOCK_JUMP, 1);
          });
    }
  }

  private void wakeUpsOf(int i) {
    int times = random.nextInt(6);
    for (int n = 0; n < times; n++) {
      int inARow = 1 + random.nextInt(3);
      world.after(
          someTime(),
          () -> {
            trace.happened(Kind.WAKE_UP, inARow);
            for (int w = 0; w < inARow; w++) {
              relays[i].wakeUp();
            }
          });
    }
  }

  private void peopleAct() {
    int times = Math.max(0, random.nextInt(6) - 2);
    for (int n = 0; n < times; n++) {
      Duration pause = random.nextBoolean() ? Duration.ofMillis(random.nextInt(40_000)) : null;
      world.after(someTime(), () -> pauseByHand(FIRST, pause));
      world.after(someTime(), () -> resumeByHand(FIRST));
    }
    int credentials = random.nextInt(3);
    for (int n = 0; n < credentials; n++) {
      int i = random.nextInt(relays.length);
      world.after(
          someTime(),
          () -> {
            trace.happened(Kind.NEW_CREDENTIALS);
            relays[i].giveNewCredentials();
          });
    }
  }

  private void pauseByHand(String workspace, @Nullable Duration duration) {
    trace.happened(Kind.PAUSED_BY_HAND);
    sim.store.pauseByHand(workspace, duration);
    invariants.pausedByHand(
        workspace, duration == null ? Long.MAX_VALUE : world.now() + duration.toNanos());
  }

  private void resumeByHand(String workspace) {
    trace.happened(Kind.RESUMED_BY_HAND);
    sim.store.resumeByHand(workspace);
    invariants.resumedByHand(workspace);
  }
}
