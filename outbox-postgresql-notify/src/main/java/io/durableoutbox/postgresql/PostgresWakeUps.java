package io.durableoutbox.postgresql;

import io.durableoutbox.WakeUpSource;
import java.time.Duration;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Wakes a relay by PostgreSQL's {@code NOTIFY} when any application, in any language, has committed
 * an action.
 *
 * <p>It needs the trigger of {@code durable-outbox/notify/postgresql.sql} in {@code
 * outbox-migrations}. With it, commits that write actions wait for each other on one lock of the
 * whole server, and can't be prepared for two-phase commit; {@code docs/wake-up.md} tells of the
 * cost.
 *
 * <p>It holds one connection for as long as it lives, and listens on a daemon thread of its own. A
 * connection that is lost, or that no longer answers, is noticed and replaced; meanwhile the relay
 * polls as usual. It is up only while the connection answers, listens, leads to the server itself
 * and not to a pooler, and the trigger is there, enabled and of the same channel; why it is not is
 * in the log, once. Thread-safe.
 */
public final class PostgresWakeUps implements WakeUpSource {
  private final Listener listener;

  private PostgresWakeUps(Builder b) {
    listener =
        new Listener(
            b.dataSource,
            b.channel,
            b.schema == null ? "outbox" : "\"" + b.schema + "\".outbox",
            b.checkInterval);
  }

  /**
   * Starts to build a source.
   *
   * @param dataSource gives connections of PostgreSQL's own driver that lead straight to the
   *     database of the outbox: not through PgBouncer or another pooler, behind which no
   *     notification is sure to arrive. One is taken and kept, so {@code PGSimpleDataSource} is
   *     better than a pool
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  /**
   * Begins to listen; the relay calls it.
   *
   * @throws IllegalStateException if it was started or closed before
   */
  @Override
  public void start(Runnable wakeUp) {
    listener.start(wakeUp);
  }

  @Override
  public boolean isUp() {
    return listener.isUp();
  }

  /** Ends its thread and its connection; the relay calls it. Calling it again does nothing. */
  @Override
  public void close() {
    listener.close();
  }

  /** Builds a {@link PostgresWakeUps}. Not thread-safe. */
  public static final class Builder {
    private final DataSource dataSource;
    private @Nullable String schema;
    private String channel = "outbox";
    private Duration checkInterval = Duration.ofSeconds(5);

    private Builder(DataSource dataSource) {
      this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
    }

    /**
     * Sets the schema that holds the outbox's tables, by its exact name; default: the connections'
     * own search path.
     *
     * @param name a letter or underscore, then up to 62 letters, digits or underscores
     */
    public Builder schema(String name) {
      if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,62}")) {
        throw new IllegalArgumentException(
            "schema must be a letter or underscore and then up to 62 letters, digits or"
                + " underscores");
      }
      schema = name;
      return this;
    }

    /**
     * Sets the channel, which must be the argument of the trigger; default {@code outbox}. Channels
     * are the database's and know no schema.
     *
     * @param name a small letter or underscore, then up to 62 small letters, digits or underscores
     */
    public Builder channel(String name) {
      if (!name.matches("[a-z_][a-z0-9_]{0,62}")) {
        throw new IllegalArgumentException(
            "channel must be a small letter or underscore and then up to 62 small letters, digits"
                + " or underscores");
      }
      channel = name;
      return this;
    }

    /**
     * Sets how often to check that the connection answers and the trigger is there, and how long to
     * wait for that answer; default 5 s. A connection that is silently dead is noticed within twice
     * that time.
     *
     * @param value from 100 ms to 10 min
     */
    public Builder checkInterval(Duration value) {
      if (value.compareTo(Duration.ofMillis(100)) < 0
          || value.compareTo(Duration.ofMinutes(10)) > 0) {
        throw new IllegalArgumentException(
            "checkInterval must be from PT0.1S to PT10M, not " + value);
      }
      checkInterval = value;
      return this;
    }

    /** Builds the source; connects to nothing and starts nothing. */
    public PostgresWakeUps build() {
      return new PostgresWakeUps(this);
    }
  }
}
