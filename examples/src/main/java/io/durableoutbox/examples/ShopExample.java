package io.durableoutbox.examples;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.AddResult;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The main job: a shop whose checkouts report what their customers saw and clicked, through a
 * rollback, a repeated call, an outage of the destination and a restart of the relay. Ends with the
 * audit and exits with 1 if anything differs from what was committed and accepted.
 */
public final class ShopExample {
  private static final UUID SAMPLE = UUID.fromString("aa886712-4537-47c1-b126-2686efda2e26");
  private static final String CONTEXT =
      """
      {"cid": "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A", "experience": "Test Server side experience", \
      "moe_locale_id": "0", "moe_variation_id": "2", "audience_name": "All Users", "audience_id": "5A", \
      "type": "Web Personalization"}""";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final PrintStream out;
  private final ShopSettings settings;
  private final HikariDataSource dataSource;
  private final @Nullable SimulatedDestination simulated;
  private final String schema;

  private ShopExample(
      PrintStream out,
      ShopSettings settings,
      HikariDataSource dataSource,
      @Nullable SimulatedDestination simulated) {
    this.out = out;
    this.settings = settings;
    this.dataSource = dataSource;
    this.simulated = simulated;
    // A schema of its own each time, so that a run on an existing database touches nothing of it.
    this.schema =
        "outbox_shop_"
            + DateTimeFormatter.ofPattern("yyyyMMddHHmmss")
                .format(Instant.now().atOffset(ZoneOffset.UTC));
  }

  /** Runs with the options of {@link ShopSettings#USAGE}. */
  public static void main(String[] args) throws Exception {
    try {
      System.exit(run(args, System.out));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  /** Runs and returns the exit code. */
  static int run(String[] args, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    ShopSettings settings = ShopSettings.of(args, System.getenv());
    boolean real = settings.workspaceId() != null;
    try (HikariDataSource dataSource = settings.pool();
        SimulatedDestination simulated = real ? null : SimulatedDestination.start()) {
      return new ShopExample(out, settings, dataSource, simulated).run();
    }
  }

  private int run() throws SQLException, InterruptedException {
    out.println("Database:    " + settings.databaseName() + ", schema " + schema);
    out.println("Destination: " + (simulated == null ? "MoEngage" : simulated.baseUrl()));
    OutboxMigrations.of(dataSource).inSchema(schema).migrate();
    Outbox outbox = JdbcOutbox.builder(dataSource).schema(schema).build();
    Shop shop = new Shop(dataSource, outbox, schema);
    shop.open();

    Relay relay = startRelay(outbox, "relay-1");
    try {
      checkoutAsUsual(shop);
      relay.wakeUp();
      awaitEmptyOutbox();
      if (simulated != null) {
        simulated.stop();
        say("The destination is down, and the shop goes on");
        checkoutMany(shop, 30);
        relay.wakeUp();
        awaitRows("outbox_attempt", 10);
        relay.close();
        say("The relay is stopped and started again; " + count("outbox") + " actions wait");
        relay = startRelay(outbox, "relay-2");
        simulated.resume();
        say("The destination is back");
        awaitEmptyOutbox();
      }
    } finally {
      relay.close();
    }
    return report(shop);
  }

  private void checkoutAsUsual(Shop shop) throws SQLException {
    Action sample =
        Action.shown("john@example.com", CONTEXT)
            .eventUuid(SAMPLE)
            .eventTime(Instant.ofEpochSecond(1725258666))
            .userTimezoneOffset(19800)
            .platform(Platform.WEB)
            .build();
    shop.checkout(true, sample);
    say("Committed an order with the documented sample action");

    AddResult again = shop.checkout(true, sample);
    say("Wrote the same action again: " + again.duplicates().size() + " duplicate, no second row");

    shop.checkout(false, shown("declined@example.com"));
    say("Rolled back an order whose payment was declined, and its action with it");

    checkoutMany(shop, 20);
    say("Committed 20 orders with what their customers saw and clicked");
  }

  private static void checkoutMany(Shop shop, int orders) throws SQLException {
    for (int i = 1; i <= orders; i++) {
      String customer = "customer-" + i + "@example.com";
      if (i % 4 == 0) {
        shop.checkout(true, shown(customer), clicked(customer));
      } else {
        shop.checkout(true, shown(customer));
      }
    }
  }

  private static Action shown(String customer) {
    return Action.shown(customer, CONTEXT).platform(Platform.WEB).build();
  }

  private static Action clicked(String customer) {
    return Action.clicked(customer, CONTEXT).platform(Platform.ANDROID).bId("buy-now").build();
  }

  private Relay startRelay(Outbox outbox, String name) {
    return outbox
        .relay(destination())
        .name(name)
        .pollInterval(Duration.ofMillis(200))
        .retryBackoff(Duration.ofMillis(100), Duration.ofSeconds(2))
        .build()
        .start();
  }

  private MoEngage destination() {
    String id = settings.workspaceId();
    String key = settings.apiKey();
    String dataCenter = settings.dataCenter();
    if (simulated != null) {
      return MoEngage.workspace(simulated.workspaceId(), simulated.apiKey())
          .baseUrl(simulated.baseUrl())
          .build();
    } else if (id != null && key != null && dataCenter != null) {
      return MoEngage.workspace(id, key).dataCenter(dataCenter).build();
    }
    throw new IllegalStateException("ShopSettings gives all three or none");
  }

  private int report(Shop shop) throws SQLException {
    AuditReport audit = AuditReport.read(dataSource, schema);
    out.println();
    audit.print(out);
    out.println();
    audit.compareWithShop(shop);
    AuditReport.Row sample = audit.row(SAMPLE);
    audit.expect(sample != null && sample.reqId() != null, "the sample action has no req_id");
    if (simulated != null) {
      audit.compareWithDestination(simulated, shop);
      audit.expect(audit.triedMoreThanOnce() > 0, "the outage left no action with attempts > 1");
      out.printf(
          "Destination: %d actions accepted in %d requests, %d repeats%n",
          simulated.acceptedCount(), simulated.requestCount(), simulated.duplicates());
    }
    out.printf(
        "Audit:       %d actions, %d of them tried more than once; rolled back and never seen: %d%n",
        audit.size(), audit.triedMoreThanOnce(), shop.rolledBack().size());
    audit.differences().forEach(difference -> out.println("DIFFERENCE:  " + difference));
    out.println(
        audit.differences().isEmpty()
            ? "OK: every committed action was delivered, once, and audited"
            : "FAILED: " + audit.differences().size() + " differences");
    return audit.differences().isEmpty() ? 0 : 1;
  }

  private void awaitEmptyOutbox() throws SQLException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (count("outbox") > 0 && System.nanoTime() < end) {
      Thread.sleep(50);
    }
  }

  private void awaitRows(String table, int rows) throws SQLException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (count(table) < rows && System.nanoTime() < end) {
      Thread.sleep(50);
    }
  }

  private int count(String table) throws SQLException {
    try (Connection c = dataSource.getConnection();
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT COUNT(*) FROM \"" + schema + "\"." + table)) {
      r.next();
      return r.getInt(1);
    }
  }

  private void say(String what) {
    out.println("- " + what);
  }
}
