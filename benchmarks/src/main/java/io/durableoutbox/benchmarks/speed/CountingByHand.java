package io.durableoutbox.benchmarks.speed;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The loop written by hand, started and stopped as a relay is. It counts no bursts. */
final class CountingByHand implements MeasuredRelay {
  private final DataSource dataSource;
  private final String baseUrl;
  private final int workers;
  private @Nullable HandWrittenRelay relay;

  CountingByHand(DataSource dataSource, String baseUrl, int workers) {
    this.dataSource = dataSource;
    this.baseUrl = baseUrl;
    this.workers = workers;
  }

  @Override
  public void pollEvery(int millis) {
    throw new UnsupportedOperationException("the loop written by hand never waits long");
  }

  @Override
  public void countBurst(int burst) {
    throw new UnsupportedOperationException("the loop written by hand counts no bursts");
  }

  @Override
  public void start(int burst) {
    relay = new HandWrittenRelay(dataSource, baseUrl, workers);
    relay.start();
  }

  @Override
  public void stop() {
    if (relay != null) {
      relay.close();
      relay = null;
    }
  }

  @Override
  public Counts counts() {
    Map<Count, Long> counts = new EnumMap<>(Count.class);
    counts.put(Count.CLOCK_NANOS, System.nanoTime());
    counts.put(
        Count.CPU_NANOS,
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime());
    return new Counts(counts);
  }

  @Override
  public void close() {
    stop();
  }
}
