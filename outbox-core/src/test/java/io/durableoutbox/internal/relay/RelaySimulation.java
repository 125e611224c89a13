package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Samples;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimRelays.Running;
import io.durableoutbox.internal.relay.SimStore.Fault;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Some minutes in the life of two relays on one outbox, all drawn from a seed: store calls fail
 * before or after their effect, answers are lost, late, refusals or never come, and relays die at
 * any event and are replaced. Then the faults end, and what must hold is checked.
 */
final class RelaySimulation {
  private static final Duration FAULTS = Duration.ofMinutes(2);

  /** A lease, the longest backoff, and the time to work through what is left. */
  private static final Duration RECOVERY = Duration.ofMinutes(10);

  private static final String WORKSPACE = "shop";

  private final SimRelays sim;
  private final SplittableRandom random;
  private final SimDestination server;
  private final SimSettings settings;
  private final int storeFaultPercent;
  private final int serverFaultPercent;
  private final Running[] relays = new Running[2];
  private final Set<UUID> good = new LinkedHashSet<>();
  private final Set<UUID> unfit = new LinkedHashSet<>();

  /** Looks fit, and every request that has it is refused. */
  private final Set<UUID> bad = new LinkedHashSet<>();

  private final List<String> broken = new ArrayList<>();
  private int started;
  private int crashes;

  /** What happened in a run, to see that the faults do come. */
  record Summary(
      int actions, int requests, int delivered, int sentAgain, int fenced, int crashes) {}

  RelaySimulation(long seed) {
    sim = new SimRelays(seed);
    random = sim.world.newRandom();
    settings =
        SimSettings.small()
            .polling(Duration.ofSeconds(2))
            .inFlight(1 + random.nextInt(3))
            .elements(1 + random.nextInt(5));
    storeFaultPercent = random.nextInt(40);
    serverFaultPercent = random.nextInt(80);
    sim.storeDelay = () -> Duration.ofMillis(random.nextInt(20) == 0 ? 3_000 : random.nextInt(20));
    server = sim.destination(WORKSPACE);
  }

  /** Runs it and checks it. */
  Summary run() {
    sim.store.claimFault = spec -> storeFault();
    sim.store.settleFault = settlements -> storeFault();
    sim.store.pauseFault = this::storeFault;
    server.script = this::plan;
    commitOverTime();
    for (int i = 0; i < relays.length; i++) {
      start(i);
      crashesOf(i);
    }
    sim.world.runFor(FAULTS.plus(Duration.ofSeconds(20)));
    boolean drained = sim.drain(RECOVERY);
    assertThat(drained).as("%s actions wait for ever", sim.store.pending()).isTrue();
    for (Running relay : relays) {
      assertThat(sim.stop(relay, RECOVERY)).as("the relay stops").isTrue();
    }
    check();
    return summary();
  }

  private void check() {
    assertThat(broken).isEmpty();
    assertThat(sim.deliveredEvents())
        .as("delivered, each once")
        .containsExactlyInAnyOrderElementsOf(good);
    assertThat(sim.store.rejected.stream().map(SimStore.Rejected::eventUuid))
        .as("rejected, each once")
        .containsExactlyInAnyOrderElementsOf(Stream.concat(unfit.stream(), bad.stream()).toList());
    assertThat(server.taken.keySet())
        .as("what the destination has")
        .containsExactlyInAnyOrderElementsOf(good);
    assertThat(sim.store.delivered)
        .allSatisfy(
            d -> {
              assertThat(d.attempts()).isPositive();
              assertThat(sim.store.requests.get(d.requestId())).isNotNull();
            });
  }

  private Summary summary() {
    return new Summary(
        good.size() + unfit.size() + bad.size(),
        server.sent.size(),
        sim.store.delivered.size(),
        (int) server.taken.values().stream().filter(times -> times > 1).count(),
        sim.store.fenced,
        crashes);
  }

  private boolean faulty() {
    return sim.world.time().compareTo(FAULTS) < 0;
  }

  private Fault storeFault() {
    if (!faulty() || random.nextInt(100) >= storeFaultPercent) {
      return Fault.NONE;
    }
    return random.nextBoolean() ? Fault.BEFORE : Fault.AFTER;
  }

  private Plan plan(Request request) {
    checkRequest(request);
    Duration latency = Duration.ofMillis(20 + random.nextInt(400));
    boolean refused = request.actions().stream().anyMatch(a -> bad.contains(a.eventUuid()));
    if (!faulty() || random.nextInt(100) >= serverFaultPercent) {
      return refused ? Plan.refused(latency) : Plan.accepted(latency);
    }
    return switch (random.nextInt(10)) {
      case 0 ->
          Plan.rateLimited(
              latency, random.nextBoolean() ? null : Duration.ofSeconds(random.nextInt(30)));
      case 7 -> Plan.misconfigured(latency);
      case 1 -> Plan.unavailable(latency);
      case 2 -> Plan.lostBefore(latency);
      case 3 -> refused ? Plan.lostBefore(latency) : Plan.lostAfter(latency);
      case 4 -> Plan.silent(!refused && random.nextBoolean());
      case 5 -> Plan.throwing();
      default -> {
        Duration slow = Duration.ofMillis(random.nextInt(25_000));
        yield refused ? Plan.refused(slow) : Plan.accepted(slow);
      }
    };
  }

  /** Kept for the end: thrown in here, it would look like a broken destination. */
  private void checkRequest(Request request) {
    if (request.elements().size() > settings.elements()) {
      broken.add("too many elements in " + request);
    }
    if (request.actions().size() > settings.actions()) {
      broken.add("too many actions in " + request);
    }
    long users = request.elements().stream().map(Request.Element::customerId).distinct().count();
    if (users != request.elements().size()) {
      broken.add("a user twice in " + request);
    }
    for (ClaimedAction action : request.actions()) {
      if (!good.contains(action.eventUuid()) && !bad.contains(action.eventUuid())) {
        broken.add("not committed or not fit: " + action);
      }
    }
  }

  /** Ids are given before the commit, so some become visible after later ones. */
  private void commitOverTime() {
    int actions = 5 + random.nextInt(60);
    for (int i = 0; i < actions; i++) {
      Duration insert = Duration.ofMillis(random.nextInt(90_000));
      Duration untilCommit = Duration.ofMillis(random.nextInt(10) == 0 ? 5_000 : 1);
      boolean rolledBack = random.nextInt(20) == 0;
      sim.world.after(
          insert,
          () -> {
            boolean fit = random.nextInt(12) > 0;
            ClaimedAction action = newAction(fit);
            sim.world.after(
                untilCommit,
                () -> {
                  if (!rolledBack) {
                    boolean isBad = fit && random.nextInt(15) == 0;
                    (fit ? isBad ? bad : good : unfit).add(sim.commit(WORKSPACE, action));
                    relays[random.nextInt(relays.length)].engine().wakeUp();
                  }
                });
          });
    }
  }

  private ClaimedAction newAction(boolean fit) {
    long id = sim.store.nextId();
    String user = "user-" + random.nextInt(8);
    Integer offset = random.nextInt(4) == 0 ? 3_600 : null;
    return fit
        ? sim.action(id, user, offset, Samples.CONTEXT, random.nextBoolean())
        : sim.action(id, user, offset, "{\"cid\":7}", false);
  }

  private void start(int i) {
    relays[i] = sim.started(settings.named("relay-" + started++), server);
  }

  private void crashesOf(int i) {
    int times = random.nextInt(4);
    for (int n = 0; n < times; n++) {
      sim.world.after(
          Duration.ofNanos(random.nextLong(FAULTS.toNanos())),
          () -> {
            crashes++;
            relays[i].crash();
            start(i);
          });
    }
  }
}
