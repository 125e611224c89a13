package io.durableoutbox.relay;

import io.durableoutbox.WakeUpSource;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.internal.relay.RelayEngine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a relay. It runs on threads of its own, so that whoever closes the relay waits for a
 * bounded time, or, on the relay's own thread, not at all: the end waits for that thread. What
 * belongs to others and may block is kept apart: the source of wake-ups, then the destinations.
 */
final class RelayEnd {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  /** What closing may take beyond the closeTimeout, which is for what is out. */
  private static final Duration GRACE = Duration.ofMillis(500);

  private final String relay;
  private final Duration timeout;
  private final @Nullable Run run;
  private final CountDownLatch parts = new CountDownLatch(2);

  /**
   * What is under way: the relay's own loop, or a runOnce.
   *
   * @param idle completes when nothing is left to do
   * @param isOwnThread whether the calling thread is the one that it runs on
   * @param whenEnded frees its threads; returns whether a call of the store is left behind
   */
  record Run(
      RelayEngine engine,
      CompletableFuture<Boolean> idle,
      Runnable stop,
      BooleanSupplier isOwnThread,
      BooleanSupplier whenEnded) {}

  RelayEnd(String relay, Duration timeout, @Nullable Run run) {
    this.relay = relay;
    this.timeout = timeout;
    this.run = run;
  }

  /** Begins it and returns at once. */
  void begin(@Nullable WakeUpSource source, List<Destination> destinations) {
    if (run != null) {
      run.stop.run();
    }
    inBackground(
        () -> {
          if (source != null) {
            close("source of wake-ups", source);
          }
        });
    inBackground(
        () -> {
          if (run != null) {
            waitFor(run);
          }
          destinations.forEach(d -> close("destination of workspace " + d.workspace(), d));
        });
  }

  private void inBackground(Runnable part) {
    Runnable counted =
        () -> {
          try {
            part.run();
          } finally {
            parts.countDown();
          }
        };
    try {
      Thread thread = new Thread(counted, "outbox-" + relay + "-close");
      thread.setDaemon(true);
      thread.start();
    } catch (OutOfMemoryError e) {
      // No room for a thread, so it takes its time here.
      counted.run();
    }
  }

  private void waitFor(Run ending) {
    try {
      if (ending.idle.get(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        log.info("Relay {} stopped", relay);
      } else {
        log.warn("Relay {} was interrupted while stopping; what is left comes back", relay);
      }
    } catch (TimeoutException e) {
      log.warn(
          "Relay {} stopped with work left after {}; it comes back when its lease ends",
          relay,
          timeout);
    } catch (InterruptedException | ExecutionException e) {
      log.warn("Relay {} stopped with work left; it comes back when its lease ends", relay);
    }
    if (ending.whenEnded.getAsBoolean()) {
      log.warn(
          "Relay {} leaves a call of the database behind that has not ended; a socketTimeout of the"
              + " driver ends such calls",
          relay);
    }
  }

  private void close(String what, AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Throwable t) {
      log.warn("The {} of relay {} can't be closed; the others are", what, relay, t);
    }
  }

  /** Waits for it as long as that may take, unless it waits for the calling thread itself. */
  void await() {
    if (run != null && run.isOwnThread.getAsBoolean()) {
      return;
    }
    try {
      if (!parts.await(timeout.plus(GRACE).toNanos(), TimeUnit.NANOSECONDS)) {
        log.warn("Relay {} is not closed after {}; it goes on in the background", relay, timeout);
      }
    } catch (InterruptedException e) {
      if (run != null) {
        run.idle.complete(false);
      }
      Thread.currentThread().interrupt();
    }
  }
}
