package io.durableoutbox.examples;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.AddResult;
import io.durableoutbox.jdbc.Outbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * A small shop whose checkout writes an order, and the actions that led to it, in one transaction.
 */
final class Shop {
  private final DataSource dataSource;
  private final Outbox outbox;
  private final String orders;
  private final Set<UUID> committed = new LinkedHashSet<>();
  private final Set<UUID> rolledBack = new LinkedHashSet<>();
  private int lastOrder;

  Shop(DataSource dataSource, Outbox outbox, String schema) {
    this.dataSource = dataSource;
    this.outbox = outbox;
    this.orders = "\"" + schema + "\".orders";
  }

  void open() throws SQLException {
    try (Connection c = dataSource.getConnection();
        Statement s = c.createStatement()) {
      s.execute(
          "CREATE TABLE "
              + orders
              + " (id integer PRIMARY KEY, customer_id varchar(512) NOT NULL)");
    }
  }

  /** Checks out; with a declined payment all of it is rolled back, the actions too. */
  AddResult checkout(boolean paymentAccepted, Action... actions) throws SQLException {
    try (Connection tx = dataSource.getConnection()) {
      tx.setAutoCommit(false);
      try (PreparedStatement insert =
          tx.prepareStatement("INSERT INTO " + orders + " (id, customer_id) VALUES (?, ?)")) {
        insert.setInt(1, ++lastOrder);
        insert.setString(2, actions[0].customerId());
        insert.executeUpdate();
      }
      AddResult result = outbox.add(tx, actions);
      if (paymentAccepted) {
        tx.commit();
      } else {
        tx.rollback();
      }
      for (Action action : actions) {
        (paymentAccepted ? committed : rolledBack).add(action.eventUuid());
      }
      return result;
    }
  }

  /** Returns the UUIDs of all actions that were committed. */
  List<UUID> committed() {
    return new ArrayList<>(committed);
  }

  /** Returns the UUIDs of all actions that were rolled back. */
  List<UUID> rolledBack() {
    return new ArrayList<>(rolledBack);
  }
}
