package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.RelayStore.PauseSpec;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Writes a workspace's pauses to the store, and ends them there. On the loop. */
final class PauseCalls {
  private static final Logger log = RelayLog.LOG;

  private final RelayContext context;
  private final RelayStore store;
  private final String workspace;
  private final Consumer<Duration> whenAnswered;
  private int out;

  /**
   * Makes none.
   *
   * @param whenAnswered told when claims may go on, and how long to wait before if the call failed
   */
  PauseCalls(RelayContext context, String workspace, Consumer<Duration> whenAnswered) {
    this.context = context;
    this.store = context.store();
    this.workspace = workspace;
    this.whenAnswered = whenAnswered;
  }

  /** Returns whether none is out; until then nothing is claimed. */
  boolean isIdle() {
    return out == 0;
  }

  void pause(Duration duration, String cause, String reason, int failures, @Nullable UUID probe) {
    PauseSpec spec =
        new PauseSpec(
            workspace, context.settings().name(), duration, cause, reason, failures, probe);
    call(
        "pause",
        duration,
        () -> {
          store.pause(spec);
          return true;
        });
  }

  void resume(UUID probe) {
    call(
        "resume",
        Duration.ZERO,
        () -> {
          store.resume(workspace, probe, context.settings().name());
          return true;
        });
  }

  private void call(String step, Duration waitIfItFails, Callable<Boolean> work) {
    out++;
    context.callStore(
        step,
        workspace,
        work,
        (done, failure) -> {
          out--;
          if (failure != null) {
            log.warn(
                "Relay {} can't {} workspace {} in the store; it goes on by itself",
                context.settings().name(),
                step,
                workspace,
                failure);
            context.tell(new RelayEvent.Failed(step, failure));
          }
          whenAnswered.accept(failure == null ? Duration.ZERO : waitIfItFails);
        });
  }
}
