package io.durableoutbox.internal.relay.limit;

import io.durableoutbox.internal.RelaySettings;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What bounds the requests of one workspace: how many are out at once, and how many of them and of
 * their actions leave in a minute. On the loop.
 */
public final class RequestLimits {
  private final ConcurrencyLimit inFlight;
  private final TokenBucket requests;
  private final TokenBucket actions;
  private final int maxElements;
  private final Duration claimAhead;
  private final LongSupplier nanoTime;

  /** Makes the limits; a claim holds what may leave within a quarter of its lease. */
  public RequestLimits(RelaySettings settings, LongSupplier nanoTime) {
    RelaySettings.Requests bounds = settings.requests();
    long now = nanoTime.getAsLong();
    this.inFlight = new ConcurrencyLimit(bounds.minInFlight(), bounds.maxInFlight());
    this.requests = new TokenBucket(bounds.perMinute(), now);
    this.actions = new TokenBucket(bounds.actionsPerMinute(), now);
    this.maxElements = bounds.maxElements();
    this.claimAhead = settings.lease().dividedBy(4);
    this.nanoTime = nanoTime;
  }

  /** Returns how many requests may be out at once. */
  public int inFlight() {
    return inFlight.size();
  }

  /** Returns how long to wait before the next request may leave. */
  public Duration untilNextRequest() {
    long now = nanoTime.getAsLong();
    Duration untilRequest = requests.untilNext(now);
    Duration untilAction = actions.untilNext(now);
    return untilRequest.compareTo(untilAction) > 0 ? untilRequest : untilAction;
  }

  /** Returns how many requests a claim should fill. */
  public int requestsToClaim() {
    return Math.max(1, Math.min(inFlight.size(), requests.within(claimAhead)));
  }

  /** Returns how many actions a claim should hold at most. */
  public int actionsToClaim() {
    return Math.min(requestsToClaim() * maxElements, actions.within(claimAhead));
  }

  /** Takes note that a request leaves. */
  public void sent(int actionsOfIt) {
    long now = nanoTime.getAsLong();
    requests.take(1, now);
    actions.take(actionsOfIt, now);
  }

  /** Takes note of a request that was answered well. */
  public void answered(long startedNanos, long answeredNanos) {
    inFlight.answered(startedNanos, answeredNanos);
  }

  /** Takes note that the destination failed or asked to wait. */
  public void failed() {
    inFlight.failed();
  }
}
