package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayHealth;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.RelayListener;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.relay.request.Evidence;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.RelayStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A relay without threads: one poller for each workspace, the settler that they share and the check
 * for unserved workspaces, all on the scheduler's loop. It never reads the system's clock, starts a
 * thread or draws a random number of its own.
 */
public final class RelayEngine {
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  private final RelayContext context;
  private final Scheduler scheduler;
  private final List<WorkspacePoller> pollers = new ArrayList<>();
  private final Settler settler;
  private final UnservedWorkspaces unservedWorkspaces;
  private final SharedPoll sharedPoll;
  private int mostOwnPolls = SharedPoll.MOST_OWN_POLLS;
  private boolean stopping;
  private @Nullable Runnable whenIdle;

  /**
   * Makes an engine that does nothing until {@link #start} or {@link #runOnce}.
   *
   * @param evidence what earlier engines have learned of each workspace; added to
   */
  public RelayEngine(
      RelaySettings settings,
      RelayStore store,
      List<Destination> destinations,
      Scheduler scheduler,
      InstantSource clock,
      RandomGenerator random,
      RelayListener listener,
      Map<String, Evidence> evidence) {
    this.context = new RelayContext(settings, store, scheduler, clock, random, listener);
    this.scheduler = scheduler;
    this.settler = new Settler(context);
    this.unservedWorkspaces = new UnservedWorkspaces(context, destinations);
    this.sharedPoll = new SharedPoll(context, pollers);
    context.whenMoved(this::moved);
    for (Destination destination : destinations) {
      Evidence known = evidence.computeIfAbsent(destination.workspace(), w -> new Evidence());
      pollers.add(new WorkspacePoller(context, destination, settler, known, this::sharesPolls));
    }
  }

  /**
   * Polls less often while a source of wake-ups is up. Before {@link #start}.
   *
   * @param isUp whether it is; asked on the loop
   */
  public void wokenWhile(BooleanSupplier isUp, Duration pollInterval) {
    context.wokenWhile(isUp, pollInterval);
  }

  /** Has more pollers than that share their looks. Before {@link #start}. */
  void sharePollsAbove(int pollersWithOwnPolls) {
    mostOwnPolls = pollersWithOwnPolls;
  }

  /** Claims and sends until {@link #stop}. */
  public void start() {
    wakeUp();
    scheduler.execute(
        () -> {
          beat();
          unservedWorkspaces.start();
          if (sharesPolls()) {
            sharedPoll.start();
          }
        });
  }

  /**
   * Claims once in each workspace, and calls {@code whenDone} when all that was claimed is settled.
   */
  public void runOnce(Runnable whenDone) {
    context.claimOnce();
    whenIdle = whenDone;
    wakeUp();
  }

  /** Claims now instead of at the next poll. From any thread. */
  public void wakeUp() {
    scheduler.execute(
        () -> {
          for (WorkspacePoller poller : pollers) {
            if (!poller.isResting()) {
              poller.wake();
            }
          }
          if (sharesPolls()) {
            sharedPoll.now();
          }
          moved();
        });
  }

  /**
   * Claims no more, gives back what has not left, and calls {@code whenDone} when all is settled.
   * From any thread.
   */
  public void stop(Runnable whenDone) {
    scheduler.execute(
        () -> {
          whenIdle = whenDone;
          stopping = true;
          unservedWorkspaces.stop();
          sharedPoll.stop();
          for (WorkspacePoller poller : pollers) {
            poller.stop();
          }
          moved();
        });
  }

  /** Returns what it did so far. Read it on the loop or after the end. */
  public Counters counters() {
    return context.counters();
  }

  /** Returns why a claim of {@link #runOnce} failed, or null. */
  public @Nullable Throwable failure() {
    return context.failure();
  }

  /** Returns how it is. On the loop. */
  public RelayHealth health() {
    List<String> broken = new ArrayList<>();
    List<String> paused = new ArrayList<>();
    context.storeCalls().problems(broken);
    settler.problems(broken);
    for (WorkspacePoller poller : pollers) {
      poller.problems(broken, paused);
    }
    Status status = !broken.isEmpty() ? Status.DOWN : !paused.isEmpty() ? Status.PAUSED : Status.UP;
    List<String> reasons = new ArrayList<>(broken);
    reasons.addAll(paused);
    pollers.forEach(poller -> poller.hints(reasons));
    unservedWorkspaces.problems(reasons);
    if (context.misses()) {
      reasons.add(
          "nothing wakes this relay, so it polls every "
              + context.settings().pollInterval()
              + "; the log of the source of its wake-ups says why");
    }
    return new RelayHealth(status, reasons, context.clockSkew().last());
  }

  /** Whether idle pollers may leave it to the shared look to find something for them. */
  private boolean sharesPolls() {
    return context.isContinuous() && pollers.size() > mostOwnPolls && sharedPoll.isOn();
  }

  /** Tells whoever waits for it that nothing is under way any more. */
  private void moved() {
    if (whenIdle != null
        && settler.isIdle()
        && pollers.stream().allMatch(WorkspacePoller::isIdle)) {
      Runnable done = whenIdle;
      whenIdle = null;
      done.run();
    }
  }

  /** Whatever a step that failed has left behind, the pollers go on. */
  private void beat() {
    if (!stopping || whenIdle != null) {
      scheduler.schedule(HEARTBEAT, this::beat);
      settler.recover();
      pollers.forEach(WorkspacePoller::recover);
      sharedPoll.recover();
      context.storeCalls().watch();
      moved();
    }
  }
}
