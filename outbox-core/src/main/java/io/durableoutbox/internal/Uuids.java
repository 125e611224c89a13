package io.durableoutbox.internal;

import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Version 7 UUIDs (RFC 9562, 5.7): in time order, so that the indexes on them grow at one end. */
public final class Uuids {
  private final InstantSource clock;
  private final RandomGenerator random;

  public Uuids(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  public UUID next() {
    long high = clock.millis() << 16 | 0x7000 | random.nextInt(0x1000);
    long low = random.nextLong() >>> 2 | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }
}
