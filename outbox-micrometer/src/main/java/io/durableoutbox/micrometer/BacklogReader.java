package io.durableoutbox.micrometer;

import io.durableoutbox.jdbc.WorkspaceBacklog;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what waits for all gauges at once, when one is asked for and the last reading is too old.
 *
 * <p>At most one reading is out. Whoever asks while it is waits until a second after its beginning,
 * so a scrape waits a second at most, however many gauges it has. A reading that failed leaves
 * nothing; one that was not renewed for two minutes is no longer told.
 */
final class BacklogReader implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BacklogReader.class);
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);
  private static final long GRACE = TimeUnit.MINUTES.toNanos(2);
  private static final int MOST_OF_THE_TIME = 10;

  /** What waits of one tag's workspaces; of several, the sums and the longest times. */
  record Figures(
      long waiting, double oldestSeconds, long rejected, boolean paused, double pausedSeconds) {
    static final Figures NONE = new Figures(0, 0, 0, false, 0);

    static Figures of(WorkspaceBacklog b) {
      Duration paused = b.pausedFor();
      return new Figures(
          b.waiting(), seconds(b.oldestWaiting()), b.rejected(), paused != null, seconds(paused));
    }

    Figures and(Figures other) {
      return new Figures(
          waiting + other.waiting,
          Math.max(oldestSeconds, other.oldestSeconds),
          rejected + other.rejected,
          paused || other.paused,
          Math.max(pausedSeconds, other.pausedSeconds));
    }

    private static double seconds(@Nullable Duration duration) {
      return duration == null ? 0 : duration.toMillis() / 1e3;
    }
  }

  private record Reading(Map<String, Figures> byTag, long goodUntilNanos) {}

  private record Flight(long startedNanos, CountDownLatch landed) {}

  private final Supplier<List<WorkspaceBacklog>> source;
  private final long intervalNanos;
  private final UnaryOperator<String> tags;
  private final LongSupplier nanoTime;
  private final ThreadPoolExecutor thread;

  // Guarded by this.
  private @Nullable Flight flight;
  private @Nullable Reading last;
  private long nextNanos;
  private boolean failing;
  private @Nullable Consumer<String> whenMet;

  BacklogReader(
      Supplier<List<WorkspaceBacklog>> source, Duration interval, UnaryOperator<String> tags) {
    this(source, interval, tags, System::nanoTime);
  }

  BacklogReader(
      Supplier<List<WorkspaceBacklog>> source,
      Duration interval,
      UnaryOperator<String> tags,
      LongSupplier nanoTime) {
    this.source = source;
    this.intervalNanos = interval.toNanos();
    this.tags = tags;
    this.nanoTime = nanoTime;
    this.nextNanos = nanoTime.getAsLong();
    this.thread =
        new ThreadPoolExecutor(
            1, 1, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(1), BacklogReader::thread);
    // Nobody asks, nothing is kept.
    this.thread.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "outbox-metrics");
    thread.setDaemon(true);
    return thread;
  }

  /** Sets who is told each tag that a reading has, on the reading's thread. */
  synchronized void refreshed(Consumer<String> listener) {
    whenMet = listener;
  }

  /** Returns what waits of a tag's workspaces, or null if that can't be told. */
  @Nullable Figures figures(String tag) {
    Map<String, Figures> now = current();
    return now == null ? null : now.getOrDefault(tag, Figures.NONE);
  }

  /** Returns whether the database could be read. */
  boolean readable() {
    return current() != null;
  }

  private @Nullable Map<String, Figures> current() {
    Flight out = refresh();
    if (out != null) {
      await(out);
    }
    synchronized (this) {
      Reading reading = last;
      return reading == null || nanoTime.getAsLong() - reading.goodUntilNanos > 0
          ? null
          : reading.byTag;
    }
  }

  /** Begins a reading if it is time for one, and returns the one that is out, if any. */
  synchronized @Nullable Flight refresh() {
    long now = nanoTime.getAsLong();
    if (flight == null && now - nextNanos >= 0) {
      Flight next = new Flight(now, new CountDownLatch(1));
      try {
        flight = next;
        thread.execute(() -> read(next));
      } catch (RejectedExecutionException | OutOfMemoryError e) {
        // Closed, or there are no more threads: the gauges say NaN.
        flight = null;
        last = null;
      }
    }
    return flight;
  }

  private void await(Flight out) {
    long left = out.startedNanos + PATIENCE - nanoTime.getAsLong();
    try {
      if (left > 0 && !out.landed.await(left, TimeUnit.NANOSECONDS)) {
        log.debug("What waits takes longer than a second to read");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(Flight out) {
    Map<String, Figures> byTag = null;
    Throwable failure = null;
    try {
      byTag = byTag(source.get());
      Consumer<String> met;
      synchronized (this) {
        met = whenMet;
      }
      if (met != null) {
        byTag.keySet().forEach(met);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      land(out, byTag, failure);
    }
  }

  private synchronized void land(
      Flight out, @Nullable Map<String, Figures> byTag, @Nullable Throwable failure) {
    long now = nanoTime.getAsLong();
    nextNanos = now + Math.max(intervalNanos, (now - out.startedNanos) * (MOST_OF_THE_TIME - 1));
    last = byTag == null || thread.isShutdown() ? null : new Reading(byTag, nextNanos + GRACE);
    flight = null;
    if (failure == null) {
      if (failing) {
        log.info("What waits can be read again for the gauges");
      }
      failing = false;
    } else if (!failing) {
      failing = true;
      log.warn("What waits can't be read; its gauges say NaN until it can", failure);
    }
    out.landed.countDown();
  }

  private Map<String, Figures> byTag(List<WorkspaceBacklog> backlogs) {
    Map<String, Figures> byTag = new HashMap<>();
    for (WorkspaceBacklog backlog : backlogs) {
      byTag.merge(tags.apply(backlog.workspace()), Figures.of(backlog), Figures::and);
    }
    return byTag;
  }

  /** Ends the thread; the gauges say NaN from now on. */
  @Override
  public void close() {
    thread.shutdownNow();
    synchronized (this) {
      last = null;
    }
  }
}
