package io.durableoutbox.benchmarks.speed;

/** What a measured relay counts. */
enum Count {
  /** Claims that took something. */
  CLAIMS,
  EMPTY_CLAIMS,
  CLAIMED_ACTIONS,
  /** Of claims that took something. */
  CLAIM_NANOS,
  /** Since it was last asked. */
  LONGEST_CLAIM_NANOS,
  REQUESTS,
  SENT_ACTIONS,
  DELIVERED_ACTIONS,
  /** What ought not to happen: calls that failed, pauses, tries again, outcomes that came late. */
  FAILURES,
  /** From the beginning of the first claim since the start until so many were delivered. */
  BURST_NANOS,
  /** The time by the clock, so that a difference is a rate's divisor. */
  CLOCK_NANOS,
  CPU_NANOS,
  ALLOCATED_BYTES,
  COLLECTIONS,
  COLLECTION_MILLIS,
  /** Since it was last asked. */
  PEAK_HEAP_BYTES;

  /** Returns whether it is a value of its own and not a sum. */
  boolean isGauge() {
    return this == LONGEST_CLAIM_NANOS || this == BURST_NANOS || this == PEAK_HEAP_BYTES;
  }
}
