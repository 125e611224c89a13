package io.durableoutbox.micrometer;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayListener;
import io.durableoutbox.jdbc.Outbox;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What relays do and what waits in the outbox, as Micrometer meters; {@code docs/metrics.md} tells
 * of each, with its unit, its tags and what to alert on.
 *
 * <pre>{@code
 * OutboxMetrics metrics = OutboxMetrics.of(registry, outbox);
 * Relay relay = outbox.relay(moEngage).listener(metrics).build().start();
 * }</pre>
 *
 * <p>Counters and timers come from the events of the relays that it listens to; any number of
 * relays in this process may share it. Gauges of what waits, is rejected or is paused are read from
 * the database, so they are right with no relay running here, too. That happens when a gauge is
 * asked for and the last reading is older than the refresh interval, on a daemon thread of its own,
 * one reading at a time; whoever asks waits a second for it at most. A gauge that can't be read
 * says NaN. While nobody asks, nothing is read.
 *
 * <p>Workspaces are a tag. The first 100 that it meets have their own; all others together are
 * {@code other}. No other tag has a value that comes from outside. Common tags, histograms and
 * renaming are for a {@code MeterFilter} of yours.
 *
 * <p>An event costs some counters, and waits for nothing; a workspace's meters are made with its
 * first. Make one for each outbox and registry: Micrometer keeps the first of two gauges with the
 * same name and tags. Thread-safe.
 */
public final class OutboxMetrics implements RelayListener, MeterBinder, AutoCloseable {
  private static final Duration REFRESH = Duration.ofSeconds(10);

  private final WorkspaceTags tags = new WorkspaceTags();
  private final CopyOnWriteArrayList<RelayMeters> bound = new CopyOnWriteArrayList<>();
  private final @Nullable BacklogReader backlog;
  private volatile boolean closed;

  private OutboxMetrics(Builder b) {
    Outbox outbox = b.outbox;
    backlog =
        outbox == null ? null : new BacklogReader(outbox::backlog, b.refreshInterval, tags::tag);
  }

  /**
   * Makes the meters of an outbox, with the default refresh interval, and registers them.
   *
   * @param registry where
   * @param outbox whose database the gauges are read from
   */
  public static OutboxMetrics of(MeterRegistry registry, Outbox outbox) {
    OutboxMetrics metrics = builder().outbox(outbox).build();
    metrics.bindTo(registry);
    return metrics;
  }

  /** Starts to build; for other settings, or to be bound to a registry later, as Spring does. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Registers the meters, each workspace's when it is first met. Events from before are not
   * counted. Any number of registries may be bound; one that is already is left as it is.
   *
   * @throws IllegalStateException if this is closed
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    Objects.requireNonNull(registry, "registry");
    synchronized (bound) {
      if (closed) {
        throw new IllegalStateException("these OutboxMetrics are closed; make new ones");
      }
      if (bound.stream().noneMatch(meters -> meters.registry() == registry)) {
        bound.add(new RelayMeters(registry, tags, backlog));
      }
    }
    if (backlog != null) {
      backlog.refreshed(this::meet);
      backlog.refresh();
    }
  }

  /** Counts an event; never waits. */
  @Override
  public void on(RelayEvent event) {
    for (RelayMeters meters : bound) {
      meters.on(event);
    }
  }

  private void meet(String tag) {
    for (RelayMeters meters : bound) {
      meters.meet(tag);
    }
  }

  /**
   * Takes its gauges out of the registries, leaves the counters as they are, and ends its thread.
   * Events are no longer counted. Again is nothing.
   */
  @Override
  public void close() {
    synchronized (bound) {
      closed = true;
      bound.forEach(RelayMeters::removeGauges);
      bound.clear();
    }
    if (backlog != null) {
      backlog.close();
    }
  }

  /** Builds {@link OutboxMetrics}. Not thread-safe. */
  public static final class Builder {
    private @Nullable Outbox outbox;
    private Duration refreshInterval = REFRESH;

    private Builder() {}

    /**
     * Sets whose database the gauges of what waits, is rejected and is paused are read from;
     * default none, and then there are no such gauges.
     */
    public Builder outbox(Outbox value) {
      outbox = Objects.requireNonNull(value, "outbox");
      return this;
    }

    /**
     * Sets for how long a reading of the database is good; default 10 s. When a reading takes long,
     * the next one comes later, so that no more than a tenth of the time is spent reading.
     *
     * @param value from 1 s to 1 h
     */
    public Builder refreshInterval(Duration value) {
      if (value.compareTo(Duration.ofSeconds(1)) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
        throw new IllegalArgumentException("refreshInterval must be from 1 s to 1 h, not " + value);
      }
      refreshInterval = value;
      return this;
    }

    /** Makes the meters; registers nothing yet. */
    public OutboxMetrics build() {
      return new OutboxMetrics(this);
    }
  }
}
