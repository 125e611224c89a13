package io.durableoutbox.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.recipes.HibernateOrders.PlacedOrder;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.hibernate.SessionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // JUnit calls open().
class HibernateRecipeTest extends RecipeContract {
  private SessionFactory sessions;

  @Override
  Orders orders() {
    sessions = HibernateOrders.sessions(pool);
    return new HibernateOrders(sessions, outbox, relay)::place;
  }

  @AfterEach
  void closeSessions() {
    sessions.close();
  }

  @Test
  void lendingTheConnectionFlushesNothing() {
    sessions.inTransaction(
        session -> {
          session.persist(new PlacedOrder(1));
          int before = session.doReturningWork(HibernateRecipeTest::orders);
          session.flush();
          int after = session.doReturningWork(HibernateRecipeTest::orders);
          assertThat(before).isZero();
          assertThat(after).isEqualTo(1);
        });
  }

  private static int orders(Connection tx) throws SQLException {
    try (Statement s = tx.createStatement();
        ResultSet rows = s.executeQuery("SELECT count(*) FROM orders")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
