package io.durableoutbox.recipes.quarkus;

import io.agroal.api.AgroalDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.Outbox;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The business's own service. */
@ApplicationScoped
public class Orders {
  private final AgroalDataSource dataSource;
  private final Outbox outbox;
  private final Event<ActionsWritten> written;

  @Inject
  Orders(AgroalDataSource dataSource, Outbox outbox, Event<ActionsWritten> written) {
    this.dataSource = dataSource;
    this.outbox = outbox;
    this.written = written;
  }

  /** An order of the last piece and its action, or neither. */
  @Transactional(rollbackOn = Exception.class) // else a checked exception commits
  public void place(int id, String customer, String experienceContext) throws SQLException {
    // The transaction's own; closing it only gives it back.
    try (Connection tx = dataSource.getConnection()) {
      try (PreparedStatement insert = tx.prepareStatement("INSERT INTO orders (id) VALUES (?)")) {
        insert.setInt(1, id);
        insert.executeUpdate();
      }
      outbox.add(tx, Action.clicked(customer, experienceContext).platform(Platform.WEB).build());
      written.fire(new ActionsWritten(1));
      try (PreparedStatement take =
          tx.prepareStatement("UPDATE stock SET pieces = pieces - 1 WHERE item = ?")) {
        take.setString(1, "book");
        take.executeUpdate(); // CHECK (pieces >= 0)
      }
    }
  }
}
