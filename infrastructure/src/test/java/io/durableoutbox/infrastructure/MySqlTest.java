package io.durableoutbox.infrastructure;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.testdb.TestDatabase;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writers and two relays on a MySQL. */
class MySqlTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");

  @Test
  void whatIsCommittedArrivesOnce() {
    try (TestDatabase database = TestDatabase.mysql();
        HikariDataSource pool =
            Ledger.pool(database.jdbcUrl(), database.user(), database.password(), 10);
        Ledger ledger = new Ledger()) {
      ledger.migrate(pool);
      ledger.start(ledger.relay(pool));
      ledger.start(ledger.relay(pool));
      ledger.write(4, 500, 1, List.of(pool));
      Ledger.rest(Duration.ofSeconds(5));
      Ledger.Report report = ledger.end(pool, Duration.ofMinutes(1));
      log.info("{}: {}", database.name(), report);
      report.holds();
    }
  }
}
