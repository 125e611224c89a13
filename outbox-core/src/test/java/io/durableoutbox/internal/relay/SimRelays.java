package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayListener;
import io.durableoutbox.Samples;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A world with one outbox, the relays that serve it and the destinations that they deliver to. */
final class SimRelays {
  /** A relay in the world. */
  record Running(RelayEngine engine, SimScheduler scheduler) {
    /** Ends it as the loss of its machine does. */
    void crash() {
      scheduler.crash();
    }
  }

  final SimWorld world;
  final SimStore store;
  final List<RelayEvent> events = new ArrayList<>();
  final Set<UUID> committed = new LinkedHashSet<>();

  /** Above how many workspaces the relays share their looks. */
  int mostOwnPolls = SharedPoll.MOST_OWN_POLLS;

  Supplier<Duration> storeDelay = () -> Duration.ofMillis(1);
  private final SplittableRandom uuids;

  SimRelays(long seed) {
    world = new SimWorld(seed);
    store = new SimStore(world);
    uuids = world.newRandom();
  }

  SimDestination destination(String workspace) {
    return new SimDestination(world, workspace, SimSettings.CALL_TIMEOUT);
  }

  /** Makes a relay that does nothing yet. */
  Running relay(SimSettings settings, Destination... destinations) {
    return relay(settings, world.clock(), events::add, destinations);
  }

  Running relay(
      SimSettings settings,
      InstantSource clock,
      RelayListener listener,
      Destination... destinations) {
    return relay(settings, clock, world.newRandom(), listener, destinations);
  }

  Running relay(
      SimSettings settings,
      InstantSource clock,
      RandomGenerator random,
      RelayListener listener,
      Destination... destinations) {
    SimScheduler scheduler = new SimScheduler(world, () -> storeDelay.get());
    RelayEngine engine =
        new RelayEngine(
            settings.toRelaySettings(),
            store,
            List.of(destinations),
            scheduler,
            clock,
            random,
            listener,
            new HashMap<>());
    engine.sharePollsAbove(mostOwnPolls);
    return new Running(engine, scheduler);
  }

  Running started(SimSettings settings, Destination... destinations) {
    Running running = relay(settings, destinations);
    running.engine.start();
    return running;
  }

  /** Commits so many actions, each of a user of its own, and returns their UUIDs. */
  List<UUID> commit(String workspace, int actions) {
    List<UUID> events = new ArrayList<>();
    for (int i = 0; i < actions; i++) {
      long id = store.nextId();
      events.add(commit(workspace, action(id, "user-" + id)));
    }
    return events;
  }

  UUID commit(String workspace, ClaimedAction action) {
    store.commit(workspace, action);
    committed.add(action.eventUuid());
    return action.eventUuid();
  }

  /** Makes an action that the library has checked. */
  ClaimedAction action(long id, String user) {
    return action(id, user, null, Samples.CONTEXT, true);
  }

  ClaimedAction action(
      long id, String user, @Nullable Integer offset, String attributes, boolean validated) {
    UUID v4 =
        new UUID(
            (uuids.nextLong() & ~0xf000L) | 0x4000L,
            (uuids.nextLong() >>> 2) | 0x8000_0000_0000_0000L);
    return ClaimedAction.of(
        id,
        v4,
        user,
        offset,
        null,
        "MOE_PERSONALIZATION_MESSAGE_SHOWN",
        1_725_258_666,
        "web",
        attributes,
        validated,
        0,
        0,
        null,
        null);
  }

  /** Runs until nothing is left to deliver; tells whether that came within the time. */
  boolean drain(Duration within) {
    return world.runUntil(() -> store.pending() == 0, within);
  }

  /** Stops a relay; tells whether it ended within the time. */
  boolean stop(Running running, Duration within) {
    boolean[] stopped = {false};
    running.engine.stop(() -> stopped[0] = true);
    return world.runUntil(() -> stopped[0], within);
  }

  List<UUID> deliveredEvents() {
    return store.delivered.stream().map(SimStore.Delivered::eventUuid).toList();
  }
}
