package io.durableoutbox.benchmarks.speed;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.durableoutbox.MoEngage;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.relay.Relay;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A measured relay in this process. */
final class CountingRelay implements MeasuredRelay {
  private final JdbcOutbox outbox;
  private final String baseUrl;
  private final Settings settings;
  private final Map<Count, Long> counts = new EnumMap<>(Count.class);
  private final Map<Long, Long> allocated = new HashMap<>();
  private @Nullable Relay relay;
  private int burst;
  private int pollMillis = 500;
  private long firstClaim;
  private long deliveredBefore;

  CountingRelay(DataSource dataSource, String baseUrl, Settings settings) {
    this.outbox = JdbcOutbox.create(dataSource);
    this.baseUrl = baseUrl;
    this.settings = settings;
  }

  @Override
  public void pollEvery(int millis) {
    pollMillis = millis;
  }

  @Override
  public synchronized void countBurst(int burstActions) {
    burst = burstActions;
    firstClaim = 0;
    deliveredBefore = value(Count.DELIVERED_ACTIONS);
    counts.put(Count.BURST_NANOS, 0L);
  }

  @Override
  public void start(int burstActions) {
    countBurst(burstActions);
    MoEngage moEngage = MoEngage.workspace("TEST_WORKSPACE", "TEST_KEY").baseUrl(baseUrl).build();
    relay =
        outbox
            .relay(moEngage)
            .maxRequestsInFlight(settings.requestsInFlight())
            .pollInterval(Duration.ofMillis(pollMillis))
            .listener(this::note)
            .build()
            .start();
  }

  @Override
  public void stop() {
    if (relay != null) {
      relay.close();
      relay = null;
    }
  }

  @Override
  public void close() {
    stop();
  }

  private synchronized void note(RelayEvent event) {
    if (event instanceof RelayEvent.Claimed claimed) {
      note(claimed);
    } else if (event instanceof RelayEvent.Sent sent) {
      add(Count.REQUESTS, 1);
      add(Count.SENT_ACTIONS, sent.actions());
    } else if (event instanceof RelayEvent.Delivered delivered) {
      add(Count.DELIVERED_ACTIONS, delivered.eventUuids().size());
      if (value(Count.BURST_NANOS) == 0
          && value(Count.DELIVERED_ACTIONS) - deliveredBefore >= burst) {
        counts.put(Count.BURST_NANOS, System.nanoTime() - firstClaim);
      }
    } else if (event instanceof RelayEvent.Failed
        || event instanceof RelayEvent.Paused
        || event instanceof RelayEvent.Retried
        || event instanceof RelayEvent.Fenced
        || event instanceof RelayEvent.Vanished) {
      add(Count.FAILURES, 1);
      System.err.println(event);
    }
  }

  private void note(RelayEvent.Claimed claimed) {
    if (claimed.actions() == 0) {
      add(Count.EMPTY_CLAIMS, 1);
      return;
    }
    long nanos = claimed.took().toNanos();
    if (firstClaim == 0) {
      firstClaim = System.nanoTime() - nanos;
    }
    add(Count.CLAIMS, 1);
    add(Count.CLAIMED_ACTIONS, claimed.actions());
    add(Count.CLAIM_NANOS, nanos);
    counts.merge(Count.LONGEST_CLAIM_NANOS, nanos, Math::max);
  }

  private long value(Count count) {
    return counts.getOrDefault(count, 0L);
  }

  private void add(Count count, long more) {
    counts.merge(count, more, Long::sum);
  }

  @Override
  public synchronized Counts counts() {
    counts.put(Count.CLOCK_NANOS, System.nanoTime());
    counts.put(
        Count.CPU_NANOS,
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime());
    counts.put(Count.ALLOCATED_BYTES, allocated());
    counts.put(Count.COLLECTIONS, 0L);
    counts.put(Count.COLLECTION_MILLIS, 0L);
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      add(Count.COLLECTIONS, collector.getCollectionCount());
      add(Count.COLLECTION_MILLIS, collector.getCollectionTime());
    }
    counts.put(Count.PEAK_HEAP_BYTES, 0L);
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        add(Count.PEAK_HEAP_BYTES, pool.getPeakUsage().getUsed());
        pool.resetPeakUsage();
      }
    }
    Counts now = new Counts(counts);
    counts.put(Count.LONGEST_CLAIM_NANOS, 0L);
    return now;
  }

  /** What a thread allocated after the last look is lost if it has ended; those here live long. */
  private long allocated() {
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    long[] ids = threads.getAllThreadIds();
    long[] bytes = threads.getThreadAllocatedBytes(ids);
    for (int i = 0; i < ids.length; i++) {
      allocated.merge(ids[i], bytes[i], Math::max);
    }
    return allocated.values().stream().mapToLong(Long::longValue).sum();
  }
}
