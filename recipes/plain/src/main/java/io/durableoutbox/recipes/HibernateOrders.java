package io.durableoutbox.recipes;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.relay.Relay;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.resource.transaction.spi.TransactionStatus;

/** Hibernate without a container: resource-local transactions. */
public final class HibernateOrders {
  private final SessionFactory sessions;
  private final Outbox outbox;
  private final Relay relay;

  public HibernateOrders(SessionFactory sessions, Outbox outbox, Relay relay) {
    this.sessions = sessions;
    this.outbox = outbox;
    this.relay = relay;
  }

  /** Makes the sessions; the outbox's tables are no entities and Hibernate need not know them. */
  public static SessionFactory sessions(DataSource pool) {
    Configuration configuration = new Configuration();
    configuration.addAnnotatedClass(PlacedOrder.class).addAnnotatedClass(Stock.class);
    configuration.getProperties().put(JdbcSettings.JAKARTA_NON_JTA_DATASOURCE, pool);
    return configuration.buildSessionFactory();
  }

  /** Places an order of the last book and writes its action, or neither. */
  public void place(int id, String customer, String experienceContext) {
    Action action = Action.clicked(customer, experienceContext).platform(Platform.WEB).build();
    sessions.inTransaction(
        session -> {
          session.persist(new PlacedOrder(id)); // inserted when the session is flushed
          session.doWork(tx -> outbox.add(tx, action)); // inserted now, in the same transaction
          session.find(Stock.class, "book").take(); // CHECK (pieces >= 0), seen by the flush
          session
              .getTransaction()
              .runAfterCompletion(
                  status -> {
                    if (status == TransactionStatus.COMMITTED) {
                      relay.wakeUp();
                    }
                  });
        });
  }

  /** A row of {@code orders}. */
  @Entity
  @Table(name = "orders")
  static class PlacedOrder {
    @Id private int id;

    PlacedOrder() {}

    PlacedOrder(int id) {
      this.id = id;
    }
  }

  /** A row of {@code stock}. */
  @Entity
  @Table(name = "stock")
  static class Stock {
    @Id private String item = "";
    private int pieces;

    int take() {
      return --pieces;
    }
  }
}
