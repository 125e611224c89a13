package io.durableoutbox.recipes;

import io.durableoutbox.MoEngage;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import java.time.Duration;
import javax.sql.DataSource;

/** What a service without a container starts once, and closes before its pool. */
public final class Delivery implements AutoCloseable {
  private final Outbox outbox;
  private final Relay relay;

  /**
   * Starts the relay.
   *
   * @param pool connections that no JTA transaction takes part in
   * @param pollInterval how long the relay sleeps if nobody wakes it
   */
  public Delivery(DataSource pool, MoEngage moEngage, Duration pollInterval) {
    OutboxMigrations.of(pool).migrate(); // or the plain SQL, when you deploy
    outbox = JdbcOutbox.create(pool); // fails if the tables are missing
    relay = outbox.relay(moEngage).pollInterval(pollInterval).build().start();
  }

  /** Where actions are written. */
  public Outbox outbox() {
    return outbox;
  }

  /** What is to be woken after a commit. */
  public Relay relay() {
    return relay;
  }

  /** Waits for what is out, and gives back the rest. */
  @Override
  public void close() {
    relay.close(); // before the pool
  }
}
