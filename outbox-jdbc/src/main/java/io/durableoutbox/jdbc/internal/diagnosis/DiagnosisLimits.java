package io.durableoutbox.jdbc.internal.diagnosis;

import java.time.Duration;

/**
 * From where on the diagnosis calls something wrong; docs/diagnosis.md lists them. Others than the
 * standard ones are for tests, which can't wait.
 *
 * @param shortestWait no wait below this is worth a word
 * @param usualWait what a wait may be where nothing was delivered lately to compare with
 * @param longestWait no wait above this is usual, whatever was delivered lately
 * @param unserved how long an action must have been free to claim before nobody seems to serve it
 * @param openTransaction how long a transaction may be open
 * @param slotAge how many transactions a replication slot may hold back
 * @param deadRows how many dead rows table outbox may have, whatever is alive
 * @param vacuumedWithin how long ago a vacuum may be while there are more
 * @param planRows from how many rows on a claim must not read the whole table
 * @param clockSkew how far the clocks may be apart
 * @param unfinished how long an operation may take
 * @param maintained how long ago maintenance may be
 * @param kept how old a day may be while no maintenance has run lately
 */
public record DiagnosisLimits(
    Duration shortestWait,
    Duration usualWait,
    Duration longestWait,
    Duration unserved,
    Duration openTransaction,
    long slotAge,
    long deadRows,
    Duration vacuumedWithin,
    long planRows,
    Duration clockSkew,
    Duration unfinished,
    Duration maintained,
    Duration kept) {
  public static final DiagnosisLimits STANDARD =
      new DiagnosisLimits(
          Duration.ofMinutes(1),
          Duration.ofMinutes(5),
          Duration.ofHours(1),
          Duration.ofMinutes(5),
          Duration.ofMinutes(5),
          1_000_000,
          50_000,
          Duration.ofHours(1),
          5_000,
          Duration.ofSeconds(30),
          Duration.ofHours(1),
          Duration.ofDays(2),
          Duration.ofDays(92));
}
