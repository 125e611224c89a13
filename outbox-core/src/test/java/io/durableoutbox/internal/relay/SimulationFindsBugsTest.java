package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The simulation finds each of these defects, and finds none where there is none. */
class SimulationFindsBugsTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");

  /** Defects need far fewer; it is for those that later changes make rare. */
  private static final int SEEDS = 1_000;

  private static final int CONTROL_SEEDS = 100;

  static Stream<Mutant> mutants() {
    return Stream.of(
        new Mutant(
            "an outcome is written though another claim holds the action",
            "relay/SimStore",
            "} else if (row == null || !settlement.claimId().equals(row.claimId)) {",
            "} else if (row == null) {",
            "without a lease for the call"),
        new Mutant(
            "actions are claimed that another claim holds",
            "relay/SimStore",
            "if (row.availableAt > world.now()\n          || ",
            "if (",
            "is held by two claims"),
        new Mutant(
            "a delivery that is written again is audited again",
            "relay/SimStore",
            "} else if (!done.contains(action.eventUuid()) && !vanished.contains(action.eventUuid())) {",
            """
            } else if (done.contains(action.eventUuid())) {
              delivered.add(
                  new Delivered(
                      action.eventUuid(),
                      settlement.workspace(),
                      attempts.get(0).requestId(),
                      1,
                      world.now()));
            } else if (!vanished.contains(action.eventUuid())) {
            """,
            "is delivered twice"),
        new Mutant(
            "actions are claimed by a cursor on their ids and not by their state",
            "relay/SimStore",
            "for (Row row : outbox.values()) {\n      if (row.availableAt",
            """
            java.util.OptionalLong cursor = outbox.values().stream()
                .filter(r -> r.attempts > 0 && r.workspace.equals(spec.workspace()))
                .mapToLong(r -> r.id)
                .max();
            for (Row row : outbox.tailMap(cursor.orElse(0), false).values()) {
              if (row.availableAt""",
            "wait for ever"),
        new Mutant(
            "an action gets another UUID for each attempt",
            "relay/SimStore",
            "        a.eventUuid(),\n",
            "        new UUID(a.eventUuid().getMostSignificantBits(), row.attempts),\n",
            "is not committed, not fit"),
        new Mutant(
            "an attempt is not counted",
            "relay/SimStore",
            "row.attempts++;",
            "row.attempts = Math.max(row.attempts, 1);",
            "is sent as attempt"),
        new Mutant(
            "the store gives out actions of a paused workspace",
            "relay/SimStore",
            "if (!state.paused || mayProbe) {",
            "{",
            "is claimed from in a pause made by hand"),
        new Mutant(
            "the store lets each claim probe",
            "relay/SimStore",
            "&& (until <= world.now()",
            "&& (state.paused",
            "two probes of one pause are out at once"),
        new Mutant(
            "a request leaves though its lease has ended",
            "relay/RequestSender",
            "if (next.batch().leaseEndNanos() - scheduler.nanoTime() < sendNeedsNanos) {",
            "if (sendNeedsNanos < 0) {",
            "without a lease for the call"),
        new Mutant(
            "a lease is reckoned from the answer of the claim",
            "relay/WorkspacePoller",
            "long leaseEnd = startedNanos +",
            "long leaseEnd = now +",
            "without a lease for the call"),
        new Mutant(
            "leases are reckoned by the wall clock",
            "relay/RelayContext",
            "    this.scheduler = scheduler;\n",
            """
            this.scheduler =
                new Scheduler() {
                  @Override
                  public long nanoTime() {
                    return clock.millis() * 1_000_000;
                  }

                  @Override
                  public void execute(Runnable task) {
                    scheduler.execute(task);
                  }

                  @Override
                  public Timer schedule(Duration delay, Runnable task) {
                    return scheduler.schedule(delay, task);
                  }

                  @Override
                  public <T> void call(
                      Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then) {
                    scheduler.call(blocking, then);
                  }
                };
            """,
            "gives up outcomes whose lease lasts"),
        new Mutant(
            "nobody watches for the answer that does not come",
            "relay/RequestSender",
            "call.watchdog = scheduler.schedule(watch, () -> call.end(NoReply.inTime()));",
            "call.watchdog = null;",
            "does not stop"),
        new Mutant(
            "a refused request is rejected with all the innocent in it",
            "relay/RequestSender",
            "split(sent, answer, true);\n      return;",
            "",
            "is innocent and rejected"),
        new Mutant(
            "half of a refused request is forgotten",
            "relay/RequestSender",
            "ready.addFirst(halves.get(1));",
            "",
            "from sight"),
        new Mutant(
            "half of a request that failed while others passed is forgotten",
            "relay/RequestSender",
            "add(halves);",
            "ready.addLast(halves.get(0));",
            "from sight"),
        new Mutant(
            "a failed request does not stop the others",
            "relay/RequestSender",
            "breaker.failed(answer, batch.lastId(), news);",
            "",
            "a request leaves after a failure that nothing contradicts"),
        new Mutant(
            "a failure that nothing contradicts is its actions'",
            "relay/RequestSender",
            "} else if (out.isEmpty()) {\n      fail(sent, answer);",
            "} else if (out.isEmpty()) {\n      blame(sent, answer);",
            "a request leaves after a failure that nothing contradicts"),
        new Mutant(
            "others leave while it is open whose fault a failure is",
            "relay/RequestSender",
            "return doubted.isEmpty() && ",
            "return ",
            "a request leaves after a failure that nothing contradicts"),
        new Mutant(
            "a failure in doubt is never decided",
            "relay/RequestSender",
            "fail(first.sent, first.answer);",
            "",
            "from sight"),
        new Mutant(
            "an action that the server breaks on is given up",
            "relay/RequestSender",
            "failingAlone.failed(batch.actions().get(0).eventUuid(), answer, delay);\n"
                + "    settler.add(new Settling(batch, new Disposition.Retry(delay, answer.words()), answer, true));",
            "settler.add(new Settling(batch, new Disposition.Rejected(answer.words()), answer, true));",
            "is innocent and rejected"),
        new Mutant(
            "an action that the server breaks on is tried again at once",
            "relay/RequestSender",
            "return backoff.after(batch.suspicions() + 1);",
            "return Duration.ZERO;",
            "was tried too often"),
        new Mutant(
            "no failure is ever an action's",
            "relay/request/Evidence",
            "if (everPassed && passedNanos - answer.startedNanos() > 0) {",
            "if (maxRejectedInARow > 0) {\n      return false;\n    }\n    if (everPassed) {",
            "what the server breaks on pauses the workspace"),
        new Mutant(
            "each probe takes the same actions",
            "relay/CircuitBreaker",
            "probeFrom = lastId + 1;",
            "probeFrom = 0;",
            "what the server breaks on delays others"),
        new Mutant(
            "whatever is refused is rejected",
            "relay/request/Evidence",
            "refusesEverything = rejectedCustomers.size() >= maxRejectedInARow;",
            "",
            "innocent actions are rejected"),
        new Mutant(
            "a delivery is settled by its row's id alone",
            "relay/SimStore",
            "if (row != null && row.action.eventUuid().equals(eventUuid)) {",
            "if (row != null) {",
            "the destination has it or not"),
        new Mutant(
            "actions that have vanished are recorded as delivered",
            "relay/SimStore",
            "vanished.add(action.eventUuid());",
            """
            delivered.add(
                new Delivered(
                    action.eventUuid(),
                    settlement.workspace(),
                    attempts.get(attempts.size() - 1).requestId(),
                    1,
                    world.now()));
            counts[0]++;
            """,
            "committed are not"),
        new Mutant(
            "an answer that lies is a delivery",
            "relay/RequestSender",
            "if (outcome instanceof Outcome.Accepted) {",
            "if (outcome instanceof Outcome.Accepted\n"
                + "        || (outcome.status() != null && outcome.status() == 200)) {",
            "the destination has it or not"),
        new Mutant(
            "a probe that can't leave is kept",
            "relay/RequestSender",
            "returnUnsentProbe();\n  }\n\n  /** The probe may",
            "}\n\n  /** The probe may",
            "wait for ever"),
        new Mutant(
            "one request more is out than allowed",
            "relay/RequestSender",
            "out.size() < Math.max(",
            "out.size() <= Math.max(",
            "with more requests out than allowed"),
        new Mutant(
            "a pause that the store tells of is ignored",
            "relay/CircuitBreaker",
            "learn(pause);\n      return false;",
            "return true;",
            "a request leaves in a pause that its relay knows of"),
        new Mutant(
            "a claim from before the failure closes the breaker",
            "relay/CircuitBreaker",
            "if (state == State.OPEN && everOpened && startedNanos - openedNanos <= 0) {",
            "if (startedNanos == Long.MIN_VALUE) {",
            "a request leaves in a pause that its relay knows of"),
        new Mutant(
            "several requests are out as a probe",
            "relay/CircuitBreaker",
            "case HALF_OPEN -> 1;",
            "case HALF_OPEN -> limits.inFlight();",
            "a probe leaves beside another request"),
        new Mutant(
            "requests are not counted against the limit per minute",
            "relay/limit/RequestLimits",
            "requests.take(1, now);",
            "",
            "faster than the limits per minute"),
        new Mutant(
            "an outcome that can't be written is forgotten",
            "relay/Settler",
            "keep(s, group.size() == 1);",
            "",
            "from sight"),
        new Mutant(
            "an action more than allowed is in a request",
            "relay/request/RequestPacker",
            "(count < atMost",
            "(count <= atMost",
            "is over its bounds"),
        new Mutant(
            "a probe ends a pause that a person made",
            "relay/SimStore",
            "if (workspace(workspace).probedBy(probeId)) {",
            "{",
            "is claimed from in a pause made by hand"),
        new Mutant(
            "a relay's pause replaces a person's",
            "relay/SimStore",
            "if (persons) {",
            "if (persons && spec.failures() < 0) {",
            "is claimed from in a pause made by hand"),
        new Mutant(
            "a probe takes more than one request",
            "relay/SimStore",
            "Math.min(spec.maxActions(), spec.maxProbeActions())",
            "spec.maxActions()",
            "were asked for"),
        new Mutant(
            "outcomes are given up at the first failure",
            "relay/Settler",
            "return leaseHolds ||",
            "return ",
            "gives up outcomes whose lease lasts"),
        new Mutant(
            "what was given up stays held for ever",
            "relay/Settler",
            "s.batch().release(false);",
            "",
            "from sight"),
        new Mutant(
            "a request has two outcomes",
            "relay/RequestSender",
            "if (!out.remove(this)) {",
            "if (!out.remove(this) && watchdog == null) {",
            "writes two outcomes of"),
        new Mutant(
            "other relays are not told of a failure",
            "relay/CircuitBreaker",
            "calls.pause(duration, causeName, words, failures, probe);",
            "",
            "requests to a workspace that is down"),
        new Mutant(
            "credentials that were refused are used again at once",
            "relay/CircuitBreaker",
            "if (onlyLooked || (credentials.holdBack() && claim.probedOpenBy() != null)) {",
            "if (startedNanos == Long.MIN_VALUE) {",
            "with credentials that were refused"),
        new Mutant(
            "more is claimed than there is room for",
            "relay/WorkspacePoller",
            "&& held.actions() <= 2 * share",
            "",
            "holds more than"),
        new Mutant(
            "rows that turn up below the start of claims are never looked for",
            "relay/ClaimStart",
            "return lookAtAll || now - nextLookAtAllNanos >= 0 ? 0 : Math.max(older, behind());",
            "return Math.max(older, behind());",
            "wait for ever"),
        new Mutant(
            "a relay that stops goes on claiming",
            "relay/WorkspacePoller",
            "if (!claimWanted || claiming || stopping ||",
            "if (!claimWanted || claiming ||",
            "claims though it stops"),
        new Mutant(
            "a user's later action overtakes an earlier one",
            "relay/request/RequestPacker",
            "|| usersOfLater.contains(user)",
            "",
            "after a later action of its user"),
        new Mutant(
            "what is not fit is sent",
            "relay/request/Claimed",
            "action.validated()",
            "action.bytes() > 0",
            "is not committed, not fit"),
        new Mutant(
            "a workspace that is down keeps the others from claiming",
            "relay/WorkspacePoller",
            "  private void pump() {\n",
            """
            private static final java.util.Map<RelayContext, java.util.Set<WorkspacePoller>> ALL =
                new java.util.WeakHashMap<>();

            private void pump() {
              java.util.Set<WorkspacePoller> all =
                  ALL.computeIfAbsent(context, c -> new java.util.LinkedHashSet<>());
              all.add(this);
              if (!breaker.isOpen() && all.stream().anyMatch(one -> one.breaker.isOpen())) {
                sender.pump();
                return;
              }
            """,
            "the second workspace delays the first"),
        new Mutant(
            "a workspace is never looked at again",
            "relay/SharedPoll",
            "        poller.claimNow();\n",
            "",
            "the second workspace delays the first"),
        new Mutant(
            "a listener can hurt",
            "relay/RelayContext",
            "    } catch (Throwable t) {\n      try {",
            "    } catch (RuntimeException t) {\n      try {",
            "simulated: a listener is out of memory"),
        new Mutant(
            "the skew is shown the wrong way round",
            "ClockSkew",
            "Duration.between(before.plus(took.dividedBy(2)), claim.storeTime())",
            "Duration.between(claim.storeTime(), before.plus(took.dividedBy(2)))",
            "shows a skew"));
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void findsThat(Mutant mutant) {
    Simulation simulation = new Simulation(mutant.compiled());
    Set<String> failures = new LinkedHashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      String failure = simulation.failureOf(seed);
      if (failure != null && failure.contains(mutant.symptom())) {
        log.info("It takes {} seeds to find that {}: {}", seed + 1, mutant, mutant.symptom());
        return;
      }
      if (failure != null) {
        failures.add(failure);
      }
    }
    fail("%s seeds do not show that %s, only %s", SEEDS, mutant, failures);
  }

  @Test
  void findsNothingWhereNothingIsBroken() {
    List<String> files = mutants().map(Mutant::file).distinct().toList();
    Simulation simulation = new Simulation(Mutant.unmutated(files));
    for (long seed = 0; seed < CONTROL_SEEDS; seed++) {
      assertThat(simulation.failureOf(seed)).as("seed %s", seed).isNull();
    }
  }

  /** The simulation of another class loader. */
  private static final class Simulation {
    private final Constructor<?> constructor;
    private final Method run;

    private Simulation(ClassLoader loader) {
      try {
        Class<?> type = loader.loadClass(RelaySimulation.class.getName());
        assertThat(type).isNotSameAs(RelaySimulation.class);
        constructor = type.getDeclaredConstructor(long.class);
        run = type.getDeclaredMethod("run");
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
      constructor.setAccessible(true);
      run.setAccessible(true);
    }

    private @Nullable String failureOf(long seed) {
      try {
        run.invoke(constructor.newInstance(seed));
        return null;
      } catch (InvocationTargetException e) {
        return String.valueOf(e.getCause());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
