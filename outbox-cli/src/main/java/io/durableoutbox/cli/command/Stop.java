package io.durableoutbox.cli.command;

import io.durableoutbox.cli.shell.ExitCode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/**
 * Closes what a long-running command has opened, the last first, whether its work is done or the
 * process is told to stop. In the latter case the process ends with 0, and not with 143 as Java has
 * it: an orderly stop is no failure, and systemd and Kubernetes look at the code. It takes no
 * longer than it is given, whatever hangs: what was not written by then comes back with its lease.
 */
final class Stop implements AutoCloseable {
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onSignal, "outbox-stop");
  private final Map<String, @Nullable Object> handlersBefore = new TreeMap<>();
  private final Duration atMost;
  private boolean begun;

  Stop(Duration atMost) {
    this.atMost = atMost;
    // Signals come first: hooks run all at once, and H2's closes a database that is still needed.
    for (String signal : List.of("TERM", "INT")) {
      handlersBefore.put(signal, Signals.register(signal, this::onSignal));
    }
    // Where signals can't be had, as with -Xrs.
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Takes over what is to be closed; null is nothing. */
  <T extends @Nullable AutoCloseable> T add(T closeable) {
    synchronized (opened) {
      if (closeable != null) {
        opened.push(closeable);
      }
    }
    return closeable;
  }

  private void onSignal() {
    if (begin()) {
      end();
    } else {
      awaitEnd();
    }
    Runtime.getRuntime().halt(ExitCode.OK);
  }

  private boolean begin() {
    synchronized (opened) {
      boolean first = !begun;
      begun = true;
      return first;
    }
  }

  private void end() {
    Thread closing = new Thread(this::closeAll, "outbox-close");
    closing.setDaemon(true);
    closing.start();
    awaitEnd();
  }

  private void closeAll() {
    try {
      while (true) {
        AutoCloseable next;
        synchronized (opened) {
          next = opened.poll();
        }
        if (next == null) {
          return;
        }
        closeQuietly(next);
      }
    } finally {
      ended.countDown();
    }
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // The others shall be closed all the same; what was not written comes back with its lease.
      System.err.println("Warning: stopping failed with " + e.getClass().getSimpleName());
    }
  }

  private void awaitEnd() {
    try {
      if (!ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
        System.err.println(
            "Warning: stopping took more than "
                + atMost.toSeconds()
                + " s, since the database or the network hangs; ended all the same, and what was"
                + " not written comes back when its lease ends");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Closes all, unless a signal does so already: then it waits for the end of the process. */
  @Override
  public void close() {
    if (!begin()) {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return;
    }
    end();
    handlersBefore.forEach(Signals::unregister);
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // A signal came just now; the hook sees that all is closed.
      return;
    }
  }
}
