package io.durableoutbox.recipes;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.relay.Relay;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Plain JDBC, on a pool whose connections come with auto-commit on or off. */
public final class JdbcOrders {
  private final DataSource pool;
  private final Outbox outbox;
  private final Relay relay;

  public JdbcOrders(DataSource pool, Outbox outbox, Relay relay) {
    this.pool = pool;
    this.outbox = outbox;
    this.relay = relay;
  }

  /** Places an order of the last book and writes its action, or neither. */
  public void place(int id, String customer, String experienceContext) throws SQLException {
    Action action = Action.clicked(customer, experienceContext).platform(Platform.WEB).build();
    try (Connection tx = pool.getConnection()) {
      tx.setAutoCommit(false); // the pool puts it back
      try {
        insertOrder(tx, id);
        outbox.add(tx, action);
        takeBook(tx);
        tx.commit();
      } catch (SQLException | RuntimeException e) {
        tx.rollback(); // not every pool does it by itself
        throw e;
      }
    }
    relay.wakeUp(); // after the commit
  }

  static void insertOrder(Connection tx, int id) throws SQLException {
    try (PreparedStatement insert = tx.prepareStatement("INSERT INTO orders (id) VALUES (?)")) {
      insert.setInt(1, id);
      insert.executeUpdate();
    }
  }

  /** Fails if there is none: CHECK (pieces >= 0). */
  static void takeBook(Connection tx) throws SQLException {
    try (PreparedStatement take =
        tx.prepareStatement("UPDATE stock SET pieces = pieces - 1 WHERE item = ?")) {
      take.setString(1, "book");
      take.executeUpdate();
    }
  }
}
