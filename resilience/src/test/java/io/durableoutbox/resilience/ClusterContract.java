package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.testdb.TestDatabase;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The small version of {@link Cluster}; the full one is a command in CONTRIBUTING.md. */
abstract class ClusterContract {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final int ACTIONS = 1_000;

  abstract TestDatabase newDatabase();

  @Test
  void twoRelaysAndFourWritersSurviveTheirDeadlocksAndEverythingArrivesOnce() throws Exception {
    try (TestDatabase database = newDatabase();
        HikariDataSource pool = database.pool(config -> config.setMaximumPoolSize(12))) {
      Cluster.Report report = new Cluster(pool, ACTIONS, 1).run();
      log.info("{}", report);
      assertThat(report.committed()).isEqualTo(4 * ACTIONS);
      assertThat(report.rolledBack()).isPositive();
      assertThat(report.writersDeadlocks()).as("deadlocks that were survived").isPositive();
      assertThat(report.holds()).as(report.toString()).isTrue();
    }
  }
}
