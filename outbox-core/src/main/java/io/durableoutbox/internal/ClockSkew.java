package io.durableoutbox.internal;

import io.durableoutbox.store.RelayStore.Claim;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * By how much the store's clock is ahead of this machine's, as the last claim showed it, give or
 * take half of its round trip. Nothing is reckoned with it: leases and waits are by the store's
 * clock and the monotonic one.
 */
public final class ClockSkew {
  private final InstantSource clock;
  private volatile @Nullable Duration last;

  public ClockSkew(InstantSource clock) {
    this.clock = clock;
  }

  /** Makes the call and looks at the clock before and after it. On any thread. */
  public Claim measured(Callable<Claim> call) throws Exception {
    Instant before = clock.instant();
    Claim claim = call.call();
    Duration took = Duration.between(before, clock.instant());
    last = Duration.between(before.plus(took.dividedBy(2)), claim.storeTime());
    return claim;
  }

  /** Returns what the last claim showed, or null before the first. */
  public @Nullable Duration last() {
    return last;
  }
}
