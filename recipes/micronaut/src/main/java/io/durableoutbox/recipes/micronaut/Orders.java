package io.durableoutbox.recipes.micronaut;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.Outbox;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The business's own service. */
@Singleton
public class Orders {
  private final Connection tx;
  private final Outbox outbox;
  private final ApplicationEventPublisher<ActionsWritten> written;

  /** The connection is a proxy: in each call, that of the current transaction. */
  Orders(Connection tx, Outbox outbox, ApplicationEventPublisher<ActionsWritten> written) {
    this.tx = tx;
    this.outbox = outbox;
    this.written = written;
  }

  /** An order of the last piece and its action, or neither. */
  @Transactional
  public void place(int id, String customer, String experienceContext) throws SQLException {
    try (PreparedStatement insert = tx.prepareStatement("INSERT INTO orders (id) VALUES (?)")) {
      insert.setInt(1, id);
      insert.executeUpdate();
    }
    outbox.add(tx, Action.clicked(customer, experienceContext).platform(Platform.WEB).build());
    written.publishEvent(new ActionsWritten(1));
    try (PreparedStatement take =
        tx.prepareStatement("UPDATE stock SET pieces = pieces - 1 WHERE item = ?")) {
      take.setString(1, "book");
      take.executeUpdate(); // CHECK (pieces >= 0)
    }
  }
}
