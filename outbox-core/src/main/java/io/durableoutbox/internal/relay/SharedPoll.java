package io.durableoutbox.internal.relay;

import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.RelayStore.Backlog;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the idle pollers of a relay with many workspaces: one look at each poll interval and at
 * each wake-up finds the workspaces in which anything waits, and only their pollers claim. With a
 * claim of each poller, an idle relay of 1,000 workspaces would make 2,000 transactions a second.
 *
 * <p>Whatever is in the outbox counts as waiting: also what another relay holds, since its lease
 * may end, and what a pause holds up. So a poller with anything in the outbox claims as often as it
 * would by itself. One without learns of a pause by its own poll, {@link WorkspacePoller#OWN_POLL}
 * after the last at most.
 *
 * <p>It is a help and no promise. When it fails or gets dear, for example by the remains of settled
 * rows that an open transaction keeps, the pollers poll for themselves for a while. On the loop.
 */
final class SharedPoll {
  /** Up to so many pollers poll for themselves, which finds actions one round trip sooner. */
  static final int MOST_OWN_POLLS = 4;

  /** A store names at most so many workspaces. */
  private static final int MOST_BACKLOGS = 1_000;

  private static final Duration TOO_DEAR = Duration.ofSeconds(2);
  private static final Duration UNTIL_NEXT_TRY = Duration.ofMinutes(1);

  private final RelayContext context;
  private final RelayStore store;
  private final Scheduler scheduler;
  private final List<WorkspacePoller> pollers;
  private final FailureSeries failing;
  private boolean looking;
  private boolean again;
  private boolean isStarted;
  private boolean stopped;
  private boolean isOff;
  private Scheduler.@Nullable Timer timer;

  SharedPoll(RelayContext context, List<WorkspacePoller> pollers) {
    this.context = context;
    this.store = context.store();
    this.scheduler = context.scheduler();
    this.pollers = pollers;
    String relay = "Relay " + context.settings().name();
    this.failing =
        new FailureSeries(
            scheduler,
            relay + " can't look for its workspaces together",
            "it claims for each",
            relay + " looks for its workspaces together again");
  }

  void start() {
    isStarted = true;
    lookAfter(context.untilNextPoll());
  }

  void stop() {
    stopped = true;
    cancel();
  }

  /** Goes on after a step that failed unexpectedly. */
  void recover() {
    if (isStarted && !looking && timer == null) {
      lookAfter(context.untilNextPoll());
    }
  }

  /** Returns whether pollers may rest until it finds something for them. */
  boolean isOn() {
    return !isOff;
  }

  /** Looks now, since something may have been committed. */
  void now() {
    if (looking) {
      // It may have looked before the commit.
      again = true;
    } else if (isStarted && !stopped && !isOff) {
      look();
    }
  }

  private void cancel() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void lookAfter(Duration delay) {
    cancel();
    if (!stopped) {
      timer = scheduler.schedule(delay, this::look);
    }
  }

  private void look() {
    cancel();
    isOff = false;
    if (pollers.stream().noneMatch(WorkspacePoller::isResting)) {
      lookAfter(context.untilNextPoll());
      return;
    }
    looking = true;
    again = false;
    long started = scheduler.nanoTime();
    context.callStore(
        "look",
        null,
        store::backlogs,
        (backlogs, failure) -> {
          looking = false;
          onLook(backlogs, failure, Duration.ofNanos(scheduler.nanoTime() - started));
        });
  }

  private void onLook(
      @Nullable List<Backlog> backlogs, @Nullable Throwable failure, Duration took) {
    if (backlogs == null) {
      failing.failed(failure);
      context.tellFailure("look", failure);
    } else {
      failing.succeeded();
    }
    isOff = backlogs == null || took.compareTo(TOO_DEAR) > 0;
    wake(isOff || backlogs == null ? List.of() : backlogs);
    if (isOff) {
      lookAfter(UNTIL_NEXT_TRY);
    } else if (again && !stopped) {
      look();
    } else {
      // So that it takes a fifth of the time of one store thread at most.
      Duration poll = context.untilNextPoll();
      Duration pause = took.multipliedBy(4);
      lookAfter(poll.compareTo(pause) > 0 ? poll : pause);
    }
  }

  private void wake(List<Backlog> backlogs) {
    boolean knowsAll = !isOff && backlogs.size() < MOST_BACKLOGS;
    Set<String> waiting = new HashSet<>();
    backlogs.forEach(backlog -> waiting.add(backlog.workspace()));
    for (WorkspacePoller poller : pollers) {
      if (poller.isResting() && (!knowsAll || waiting.contains(poller.workspace()))) {
        poller.claimNow();
      }
    }
  }
}
