package io.durableoutbox.resilience;

import io.durableoutbox.testdb.PrivatePostgres;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** One fault after the other, each for a while, drawn from a seed. For one thread. */
final class Chaos {
  /** What goes wrong. */
  enum Kind {
    KILL_RELAY,
    FREEZE_RELAY,
    KILL_POSTGRES,
    HALF_OPEN_CONNECTIONS,
    CUT_CONNECTIONS,
    CUT_AT_COMMIT,
    DESTINATION_503,
    DESTINATION_HANGS,
    DESTINATION_DROPS_BEFORE_ACCEPTING,
    DESTINATION_DROPS_AFTER_ACCEPTING,
    DESTINATION_TRUNCATES,
    DESTINATION_RATE_LIMITS,
    DESTINATION_REFUSES_THE_KEY,
    DESTINATION_ANSWERS_HTML,
    DESTINATION_IS_DOWN
  }

  private final SplittableRandom random;
  private final PrivatePostgres postgres;
  private final TcpProxy proxy;
  private final SimulatedDestination destination;
  private final Duration lease;
  private final List<Slot> relays;

  private final List<Kind> deck = new ArrayList<>();

  final Map<Kind, Integer> applied = new EnumMap<>(Kind.class);

  /** Where one relay runs, and how its next one is started. */
  static final class Slot {
    private final Starter starter;
    private RelayProcess process;

    Slot(Starter starter) {
      this.starter = starter;
      this.process = starter.start();
    }

    private void restart() {
      process = starter.start();
    }

    /** Lets it go on if it is frozen, and starts it again if it has died. */
    void heal() {
      if (process.isFrozen()) {
        process.thaw();
      }
      if (!process.isAlive()) {
        restart();
      }
    }

    void end() {
      process.close();
    }
  }

  /** Starts a relay's process. */
  interface Starter {
    RelayProcess start();
  }

  Chaos(
      long seed,
      PrivatePostgres postgres,
      TcpProxy proxy,
      SimulatedDestination destination,
      Duration lease,
      List<Slot> relays) {
    this.random = new SplittableRandom(seed);
    this.postgres = postgres;
    this.proxy = proxy;
    this.destination = destination;
    this.lease = lease;
    this.relays = relays;
  }

  /** Applies a fault for its time, ends it, and leaves a moment of peace. */
  void next() {
    if (deck.isEmpty()) {
      deck.addAll(List.of(Kind.values()));
    }
    // Each kind once before any comes again.
    Kind kind = deck.remove(random.nextInt(deck.size()));
    applied.merge(kind, 1, Integer::sum);
    apply(kind);
    rest(Duration.ofMillis(200 + random.nextInt(2_500)));
  }

  private void apply(Kind kind) {
    switch (kind) {
      case KILL_RELAY -> {
        Slot slot = anyRelay();
        slot.process.kill();
        rest(Duration.ofMillis(random.nextInt(2_000)));
        slot.restart();
      }
      case FREEZE_RELAY -> {
        Slot slot = anyRelay();
        slot.process.freeze();
        rest(lease.plusMillis(random.nextInt(3_000)));
        slot.process.thaw();
      }
      case KILL_POSTGRES -> {
        postgres.kill();
        rest(Duration.ofMillis(random.nextInt(4_000)));
        postgres.restart();
      }
      case HALF_OPEN_CONNECTIONS -> {
        proxy.swallow();
        rest(Duration.ofMillis(1_000 + random.nextInt(8_000)));
        proxy.pass();
      }
      case CUT_CONNECTIONS -> proxy.cut();
      case CUT_AT_COMMIT -> proxy.cutNextCommits(1 + random.nextInt(5));
      case DESTINATION_503 -> suffers(Fault.status(503, "{}"));
      case DESTINATION_HANGS -> suffers(Fault.delay(Duration.ofSeconds(5)));
      case DESTINATION_DROPS_BEFORE_ACCEPTING -> suffers(Fault.dropBeforeAccepting());
      case DESTINATION_DROPS_AFTER_ACCEPTING -> suffers(Fault.dropAfterAccepting());
      case DESTINATION_TRUNCATES -> suffers(Fault.truncatedAnswer());
      case DESTINATION_RATE_LIMITS -> suffers(Fault.rateLimited(Duration.ofSeconds(2)));
      case DESTINATION_REFUSES_THE_KEY -> suffers(Fault.unauthorized());
      case DESTINATION_ANSWERS_HTML -> suffers(Fault.html(502, 5_000_000));
      case DESTINATION_IS_DOWN -> {
        destination.stop();
        rest(Duration.ofMillis(500 + random.nextInt(6_000)));
        destination.resume();
      }
    }
  }

  private Slot anyRelay() {
    return relays.get(random.nextInt(relays.size()));
  }

  private void suffers(Fault fault) {
    destination.always(fault);
    rest(Duration.ofMillis(500 + random.nextInt(5_000)));
    destination.always(Fault.none());
  }

  static void rest(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
