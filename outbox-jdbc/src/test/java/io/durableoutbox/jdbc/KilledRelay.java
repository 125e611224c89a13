package io.durableoutbox.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.MoEngage;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A relay in a JVM of its own, for {@link KillTest} to kill. */
public final class KilledRelay {
  private KilledRelay() {}

  /**
   * Runs until it is killed. Arguments: JDBC URL, user, password, the destination's URL, its
   * workspace id and key.
   */
  public static void main(String[] args) throws InterruptedException {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(args[0]);
    config.setUsername(args[1]);
    config.setPassword(args[2]);
    MoEngage destination =
        MoEngage.workspace(args[4], args[5])
            .baseUrl(args[3])
            .callTimeout(Duration.ofSeconds(1))
            .build();
    try (HikariDataSource pool = new HikariDataSource(config)) {
      JdbcOutbox.create(pool)
          .relay(destination)
          .lease(KillTest.LEASE)
          .pollInterval(Duration.ofMillis(50))
          .maxRequestsInFlight(4)
          .maxElementsPerRequest(10)
          .build()
          .start();
      new CountDownLatch(1).await();
    }
  }
}
