package io.durableoutbox.examples;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.Audit;
import io.durableoutbox.jdbc.AuditPage;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Maintenance;
import io.durableoutbox.jdbc.Operator;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.jdbc.Requeue;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/** What people do with actions after they were written: look, put back, erase, keep in order. */
public final class Upkeep {
  private Upkeep() {}

  /** Runs against H2 in memory and the simulated destination; prints what became of two actions. */
  public static void main(String[] args) throws SQLException {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl("jdbc:h2:mem:upkeep;DB_CLOSE_DELAY=-1");
    try (HikariDataSource dataSource = new HikariDataSource(config);
        SimulatedDestination simulated = SimulatedDestination.start()) {
      OutboxMigrations.of(dataSource).migrate();
      Outbox outbox = JdbcOutbox.create(dataSource);
      UUID anna = write(dataSource, outbox, "anna@example.com");
      simulated.next(Fault.invalidField());
      relay(outbox, simulated);
      tell(outbox, anna);

      putBack(outbox);
      relay(outbox, simulated);
      tell(outbox, anna);

      UUID john = write(dataSource, outbox, "john@example.com");
      relay(outbox, simulated);
      forget(outbox);
      System.out.println(john + " is known: " + outbox.audit().find(john).isPresent());
      keepInOrder(outbox);
    }
  }

  private static UUID write(HikariDataSource dataSource, Outbox outbox, String customer)
      throws SQLException {
    Map<String, String> experienceContext =
        Map.of(
            "cid", "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A",
            "experience", "Test Server side experience",
            "moe_locale_id", "0",
            "moe_variation_id", "2",
            "audience_name", "All Users",
            "audience_id", "5A");
    Action action =
        Action.shown(customer, experienceContext).workspace("eu").platform(Platform.WEB).build();
    try (Connection tx = dataSource.getConnection()) {
      tx.setAutoCommit(false);
      outbox.add(tx, action);
      tx.commit();
    }
    return action.eventUuid();
  }

  private static void relay(Outbox outbox, SimulatedDestination simulated) {
    MoEngage moEngage =
        MoEngage.workspace(simulated.workspaceId(), simulated.apiKey())
            .name("eu")
            .baseUrl(simulated.baseUrl())
            .build();
    try (Relay relay = outbox.relay(moEngage).build()) {
      relay.runOnce();
    }
  }

  private static void tell(Outbox outbox, UUID eventUuid) {
    Audit audit = outbox.audit();
    audit.find(eventUuid).ifPresent(System.out::println); // where it stands
    audit.attempts(eventUuid).forEach(System.out::println); // each request that it was in
    AuditPage page = audit.list(ActionFilter.all().states(ActionState.REJECTED), null, 100);
    System.out.println(page.actions().size() + " rejected, more: " + (page.next() != null));
  }

  private static void putBack(Outbox outbox) {
    Operator operator = outbox.operator("who");
    ActionFilter refused =
        ActionFilter.all().workspace("eu").states(ActionState.REJECTED).reasonContains("400");
    operator.requeue(Requeue.of(refused, "why").asDryRun()); // counts, writes nothing
    operator.requeue(Requeue.of(refused, "why").perMinute(6_000)); // same UUIDs, 100 a second
  }

  private static void forget(Outbox outbox) {
    Operator operator = outbox.operator("who");
    operator.cancel(ActionFilter.all().customerId("john@example.com"), "why"); // what waits
    operator.erase("john@example.com", "ticket 4711"); // everything of one customer
  }

  private static void keepInOrder(Outbox outbox) {
    Maintenance maintenance =
        outbox
            .maintenance()
            .keepDelivered(Duration.ofDays(90))
            .redactDelivered(Duration.ofDays(30))
            .build()
            .start(); // at once, then every hour
    maintenance.close(); // when the service stops

    outbox.diagnose().findings().forEach(System.out::println);
  }
}
