package io.durableoutbox.resilience;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.MoEngage;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.jdbc.JdbcOutbox;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;

/**
 * A relay in a JVM of its own, which is killed or frozen. It prints a line when it runs, and for
 * each settlement that was fenced off.
 */
public final class RelayMain {
  static final String PREFIX = "relay.";

  private RelayMain() {}

  /** Runs until it is killed; its settings are system properties. */
  public static void main(String[] args) throws InterruptedException {
    Properties p = System.getProperties();
    MoEngage destination =
        MoEngage.workspace(get(p, "workspaceId"), get(p, "apiKey"))
            .baseUrl(get(p, "baseUrl"))
            .callTimeout(Duration.parse(get(p, "callTimeout")))
            .build();
    try (HikariDataSource pool =
        Pools.open(get(p, "jdbcUrl"), get(p, "user"), get(p, "password"), 4)) {
      JdbcOutbox.create(pool)
          .relay(destination)
          .lease(Duration.parse(get(p, "lease")))
          .pollInterval(Duration.ofMillis(100))
          .maxRequestsInFlight(Integer.parseInt(get(p, "inFlight")))
          .maxElementsPerRequest(Integer.parseInt(get(p, "elements")))
          .retryBackoff(Duration.parse(get(p, "backoffMin")), Duration.parse(get(p, "backoffMax")))
          .listener(RelayMain::print)
          .build()
          .start();
      System.out.println("started");
      new CountDownLatch(1).await();
    }
  }

  private static String get(Properties properties, String name) {
    return properties.getProperty(PREFIX + name);
  }

  private static void print(RelayEvent event) {
    if (event instanceof RelayEvent.Fenced fenced) {
      System.out.println("fenced " + fenced.actions());
    }
  }
}
