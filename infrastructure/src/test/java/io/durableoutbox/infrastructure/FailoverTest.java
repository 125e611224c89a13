package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Relay;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.testdb.Await;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PostgreSQL primary is lost or replaced under load, and its standby takes over. */
class FailoverTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private PostgresPair servers;
  private HikariDataSource application;
  private HikariDataSource first;
  private HikariDataSource second;
  private Ledger ledger;

  @BeforeEach
  void start() {
    servers = PostgresPair.start();
    application = pool();
    first = pool();
    second = pool();
    ledger = new Ledger();
    ledger.migrate(application);
  }

  @AfterEach
  void end() {
    ledger.close();
    List.of(application, first, second).forEach(HikariDataSource::close);
    servers.close();
  }

  private HikariDataSource pool() {
    return Ledger.pool(servers.jdbcUrl(), "postgres", "", 6);
  }

  private void load() {
    ledger.start(ledger.relay(first));
    ledger.start(ledger.relay(second));
    ledger.write(4, 400, 1, List.of(application));
    awaitCommitted(400);
  }

  private void awaitCommitted(int more) {
    int before = ledger.committed();
    Await.value("more is committed", MINUTE, ledger::committed, now -> now >= before + more);
  }

  private void awaitAccepted() {
    int before = ledger.destination.acceptedCount();
    Await.value(
        "more is accepted", MINUTE, ledger.destination::acceptedCount, now -> now > before + 100);
  }

  private Ledger.Report report(String what) {
    Ledger.Report report = ledger.end(application, Duration.ofMinutes(2));
    log.info("{}: {}", what, report);
    report.holds();
    return report;
  }

  /**
   * The new primary lacks what was committed last, and gives its ids to other actions, while the
   * answers to requests with the lost ones are still to come.
   */
  @Test
  void whatAnAsynchronousStandbyHasArrivesAndWhatItLacksIsTold() {
    ledger.destination.latency(Duration.ofMillis(500));
    load();
    servers.holdBackTheStandby();
    awaitCommitted(300);
    servers.killPrimary();
    long killed = System.nanoTime();
    servers.promote();
    awaitCommitted(1);
    log.info("written again {} ms after the kill", (System.nanoTime() - killed) / 1_000_000);
    awaitCommitted(1_500);
    Ledger.Report report = report("asynchronous standby promoted");
    assertThat(report.kept()).isLessThan(report.committed());
  }

  @Test
  void nothingThatASynchronousStandbyAnsweredForIsLost() {
    servers.waitForTheStandby();
    load();
    servers.killPrimary();
    long killed = System.nanoTime();
    servers.promote();
    servers.doNotWaitForAStandby();
    awaitCommitted(1);
    log.info("written again {} ms after the kill", (System.nanoTime() - killed) / 1_000_000);
    awaitCommitted(500);
    Ledger.Report report = report("synchronous standby promoted");
    assertThat(report.kept()).isGreaterThanOrEqualTo(report.committed());
  }

  @Test
  void aSwitchOverLosesNothingAndTheOldPrimaryComesBackAsAStandby() {
    load();
    servers.switchOver();
    awaitCommitted(300);
    servers.rejoinOldPrimary();
    servers.waitForTheStandby();
    awaitCommitted(300);
    servers.switchOver();
    servers.doNotWaitForAStandby();
    awaitCommitted(300);
    Ledger.Report report = report("switched over and back");
    assertThat(report.kept()).isGreaterThanOrEqualTo(report.committed());
  }

  /** Relays' own commits do not wait for it, so what was written before goes on being sent. */
  @Test
  void whileASynchronousStandbyIsGoneRelaysGoOnAndWritersWaitNoLongerThanTheirTimeout() {
    servers.waitForTheStandby();
    load();
    ledger.destination.stop();
    Await.value("something waits", MINUTE, () -> waiting(), now -> now > 200);
    servers.killStandby();
    ledger.destination.resume();
    awaitAccepted();
    Await.value("all that was written is sent", MINUTE, () -> settled(), now -> now);
    servers.startStandby();
    awaitCommitted(300);
    Ledger.Report report = report("synchronous standby gone for a while");
    assertThat(report.kept()).isGreaterThanOrEqualTo(report.committed());
  }

  private long waiting() {
    return Ledger.number(first, "SELECT count(*) FROM outbox");
  }

  private boolean settled() {
    return waiting() == 0;
  }

  @Test
  void aRelayOnAStandbySaysSoAndHarmsNothing() {
    try (HikariDataSource standby = Ledger.pool(servers.standbyUrl(), "postgres", "", 2);
        Relay relay = ledger.relay(standby).name("r-" + UUID.randomUUID()).build()) {
      relay.start();
      RelayHealth health =
          Await.value(
              "it says so", MINUTE, relay::health, h -> h.status() == RelayHealth.Status.DOWN);
      log.info("a relay on a standby: {}", health.reasons());
      assertThat(health.reasons().toString()).contains("read-only");
      ledger.start(ledger.relay(first));
      ledger.write(2, 200, 3, List.of(application));
      awaitCommitted(200);
    }
    report("a relay on a standby beside another on the primary");
  }
}
