package io.durableoutbox.jdbc;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.maintenance.MaintenanceRun;
import io.durableoutbox.jdbc.internal.maintenance.MaintenanceSettings;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the outbox's history as long as it shall be kept, and no longer: makes partitions ahead,
 * drops or deletes what is too old, and takes personal data out of what is kept. What waits and
 * what was rejected is never deleted.
 *
 * <p>Either {@link #start} it, in as many processes as you like; or call {@link #runOnce} from a
 * scheduler that you have, at least once a day. Each task is done by one process at a time, and the
 * others leave it: whoever holds its row in {@code outbox_maintenance} does it. All is done in
 * short transactions of its own, by the database's clock; a run that dies at any point leaves whole
 * transactions, and the next one goes on. What was done stands in {@code outbox_operation}.
 *
 * <p>Making and dropping partitions needs the owner of {@code outbox_delivered}; for all others
 * rows are deleted in batches, and the report and {@code outbox_maintenance.note} say so. MariaDB,
 * MySQL and H2 have no partitions: there rows are always deleted in batches.
 *
 * <p>Thread-safe.
 */
public final class Maintenance implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Maintenance.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final Dialect dialect;
  private final Transactions transactions;
  private final MaintenanceSettings settings;
  private final Duration interval;
  private final RandomGenerator random = new SecureRandom();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ReentrantLock runs = new ReentrantLock();
  private final Object state = new Object();
  private @Nullable Thread thread;
  private List<String> lastNotes = List.of();

  private Maintenance(Builder b) {
    dialect = b.dialect;
    transactions = b.transactions;
    settings = b.settings();
    interval = b.interval;
  }

  /**
   * Does what is to be done, on the calling thread, and returns when it is done or left to another
   * process. Two calls on one maintenance run one after the other.
   *
   * <p>An interrupt ends it after the transaction that is open, and stays set.
   *
   * @return what was done; never null
   * @throws io.durableoutbox.OutboxException if a task failed; the other tasks were done all the
   *     same, and what was done stays
   * @throws IllegalStateException if this maintenance was closed
   */
  public MaintenanceReport runOnce() {
    runs.lock();
    try {
      if (closing.getCount() == 0) {
        throw new IllegalStateException(
            "maintenance " + settings.name() + " is closed; build a new one");
      }
      return new MaintenanceRun(dialect, transactions, settings, this::pause).run();
    } finally {
      runs.unlock();
    }
  }

  /**
   * Starts to run at once and then every {@code interval}, on one daemon thread. A run that fails
   * is logged and tried again at the next time; nothing ends the thread but {@link #close}.
   *
   * @return this
   * @throws IllegalStateException if it was started or closed before
   */
  public Maintenance start() {
    synchronized (state) {
      if (closing.getCount() == 0) {
        throw new IllegalStateException(
            "maintenance " + settings.name() + " is closed; build a new one");
      }
      if (thread != null) {
        throw new IllegalStateException("maintenance " + settings.name() + " is started already");
      }
      Thread started = new Thread(this::loop, "outbox-" + settings.name());
      started.setDaemon(true);
      started.start();
      thread = started;
      log.info("Maintenance {} started, every {}", settings.name(), interval);
      return this;
    }
  }

  /** Returns the name that stands in {@code outbox_maintenance} and {@code outbox_operation}. */
  public String name() {
    return settings.name();
  }

  /**
   * Ends after the transaction that is open, and waits for that at most 30 s. What is left is done
   * by the next run, whoever's. Calling it again does nothing.
   */
  @Override
  public void close() {
    Thread running;
    synchronized (state) {
      closing.countDown();
      running = thread;
      thread = null;
    }
    if (running == null || running == Thread.currentThread()) {
      return;
    }
    try {
      running.join(CLOSE_TIMEOUT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (running.isAlive()) {
      log.warn("Maintenance {} is still in a transaction; it ends after it", settings.name());
    } else {
      log.info("Maintenance {} stopped", settings.name());
    }
  }

  private void loop() {
    do {
      try {
        tell(runOnce());
      } catch (Throwable t) {
        tell(t);
      }
    } while (pause(jittered()));
  }

  private Duration jittered() {
    long nanos = interval.toNanos();
    return Duration.ofNanos(nanos - nanos / 10 + random.nextLong(nanos / 5 + 1));
  }

  private boolean pause(Duration duration) {
    if (Thread.currentThread().isInterrupted()) {
      return false;
    }
    try {
      return !closing.await(duration.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void tell(MaintenanceReport report) {
    if (report.didSomething()) {
      log.info(
          "Maintenance {}: {} partitions made, {} dropped; {} delivered and {} rejected actions, {}"
              + " requests and {} attempts deleted; {} actions and {} messages redacted",
          settings.name(),
          report.partitionsCreated().size(),
          report.partitionsDropped().size(),
          report.deliveredPurged(),
          report.rejectedPurged(),
          report.requestsPurged(),
          report.attemptsPurged(),
          report.redacted(),
          report.messagesRedacted());
    }
    for (String note : report.notes()) {
      if (!lastNotes.contains(note)) {
        log.warn("Maintenance {}: {}", settings.name(), note);
      }
    }
    lastNotes = report.notes();
  }

  private void tell(Throwable failure) {
    try {
      if (closing.getCount() > 0) {
        log.warn(
            "Maintenance {} failed and is tried again in about {}: {}",
            settings.name(),
            interval,
            failure.getMessage());
        log.debug("Maintenance {} failed", settings.name(), failure);
      }
    } catch (RuntimeException | Error ignored) {
      // A logger that fails must not end the loop either.
    }
  }

  /**
   * Builds a {@link Maintenance}. Each option may be set once; each setter checks its argument, and
   * {@link #build} checks them together. Not thread-safe.
   */
  public static final class Builder {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration LONGEST = Duration.ofDays(3_650);

    private final Dialect dialect;
    private final Transactions transactions;
    private final Set<String> set = new HashSet<>();
    private String name =
        "maintenance-"
            + ProcessHandle.current().pid()
            + "-"
            + Integer.toHexString(new SecureRandom().nextInt());
    private Duration keepDelivered = Duration.ofDays(90);
    private @Nullable Duration keepRejected;
    private @Nullable Duration redactDelivered;
    private @Nullable Duration redactRejected;
    private int partitionsAhead = 14;
    private int batchSize = 2_000;
    private Duration interval = Duration.ofHours(1);

    Builder(Dialect dialect, Transactions transactions) {
      this.dialect = dialect;
      this.transactions = transactions;
    }

    /**
     * Sets the name that stands in {@code outbox_maintenance} and {@code outbox_operation}, to tell
     * processes apart; default: made from the process id.
     *
     * @param value 1 to 100 letters, digits, dots, underscores or hyphens
     */
    public Builder name(String value) {
      once("name");
      if (!value.matches("[A-Za-z0-9._-]{1,100}")) {
        throw new IllegalArgumentException(
            "name must be 1 to 100 letters, digits, dots, underscores or hyphens");
      }
      name = value;
      return this;
    }

    /**
     * Sets how long delivered actions are kept after they were accepted, and the requests and
     * attempts of actions that are gone, a day longer; default 90 days. Partitions are dropped when
     * their last moment is older, so a row may stay for the length of its partition more, which is
     * a day. Waiting actions are kept whatever this is, and rejected ones as {@link #keepRejected}
     * says.
     *
     * @param value from 1 day to 3,650 days
     */
    public Builder keepDelivered(Duration value) {
      once("keepDelivered");
      keepDelivered = between("keepDelivered", value, DAY, LONGEST);
      return this;
    }

    /**
     * Sets how long rejected and cancelled actions are kept after they were rejected; default for
     * ever. Nobody has these actions, so a person should see them first, and requeue the good ones.
     * Their requests and attempts then go like those of delivered actions.
     *
     * @param value from 1 day to 3,650 days
     */
    public Builder keepRejected(Duration value) {
      once("keepRejected");
      keepRejected = between("keepRejected", value, DAY, LONGEST);
      return this;
    }

    /**
     * Sets after which time the user, the attributes and the timezone offset are taken out of
     * delivered actions; default never. Whole days (UTC) are redacted, when all of the day is
     * older. UUIDs, times, platform, action, workspace and counts stay. The server's messages in
     * {@code outbox_request}, which may quote an action, go at the shorter one of this and {@link
     * #redactRejected}. Must be shorter than {@link #keepDelivered}.
     *
     * @param after from 1 day to 3,650 days
     */
    public Builder redactDelivered(Duration after) {
      once("redactDelivered");
      redactDelivered = between("redactDelivered", after, DAY, LONGEST);
      return this;
    }

    /**
     * Sets after which time the user, the attributes, the timezone offset and the words of the
     * reason are taken out of rejected and cancelled actions; default never. A redacted action
     * can't be requeued. Must be shorter than {@link #keepRejected}.
     *
     * @param after from 1 day to 3,650 days
     */
    public Builder redactRejected(Duration after) {
      once("redactRejected");
      redactRejected = between("redactRejected", after, DAY, LONGEST);
      return this;
    }

    /**
     * Sets how many days, today (UTC) included, shall have a partition of their own; default 14, as
     * the migration makes. PostgreSQL only.
     *
     * @param days from 2 to 366
     */
    public Builder partitionsAhead(int days) {
      once("partitionsAhead");
      if (days < 2 || days > 366) {
        throw new IllegalArgumentException("partitionsAhead must be from 2 to 366, not " + days);
      }
      partitionsAhead = days;
      return this;
    }

    /**
     * Sets about how many rows one transaction deletes or redacts; default 2,000. Rows of exactly
     * the same time are not split, so it may be more by what one relay settles at once.
     *
     * @param rows from 1 to 100,000
     */
    public Builder batchSize(int rows) {
      once("batchSize");
      if (rows < 1 || rows > 100_000) {
        throw new IllegalArgumentException("batchSize must be from 1 to 100000, not " + rows);
      }
      batchSize = rows;
      return this;
    }

    /**
     * Sets how long a started maintenance waits between two runs, give or take a tenth; default 1
     * h.
     *
     * @param value from 1 s to 24 h
     */
    public Builder interval(Duration value) {
      once("interval");
      interval = between("interval", value, Duration.ofSeconds(1), DAY);
      return this;
    }

    /**
     * Checks the options together and makes the maintenance; starts nothing and does not touch the
     * database.
     *
     * @throws IllegalArgumentException if options don't fit together
     */
    public Maintenance build() {
      checkRedacted("Delivered", redactDelivered, keepDelivered);
      checkRedacted("Rejected", redactRejected, keepRejected);
      return new Maintenance(this);
    }

    private static void checkRedacted(
        String what, @Nullable Duration redact, @Nullable Duration keep) {
      if (redact != null && keep != null && redact.compareTo(keep) >= 0) {
        throw new IllegalArgumentException(
            "redact%1$s %2$s must be shorter than keep%1$s %3$s, after which the actions are deleted"
                .formatted(what, redact, keep));
      }
    }

    private MaintenanceSettings settings() {
      return new MaintenanceSettings(
          name,
          keepDelivered,
          keepRejected,
          redactDelivered,
          redactRejected,
          partitionsAhead,
          batchSize);
    }

    private void once(String option) {
      if (!set.add(option)) {
        throw new IllegalStateException(option + " is set already");
      }
    }

    private static Duration between(String option, Duration value, Duration min, Duration max) {
      if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
        throw new IllegalArgumentException(
            option + " must be from " + min + " to " + max + ", not " + value);
      }
      return value;
    }
  }
}
