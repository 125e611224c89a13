package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writers and relays on the nodes of a Galera cluster. A lock, and so SKIP LOCKED, is of its node
 * only: what two relays claim on two nodes at once is decided when they commit.
 */
class GaleraTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static GaleraCluster cluster;
  private final List<HikariDataSource> pools = new ArrayList<>();
  private Ledger ledger;

  @BeforeAll
  static void startCluster() {
    cluster = GaleraCluster.start();
  }

  @AfterAll
  static void endCluster() {
    cluster.close();
  }

  @BeforeEach
  void migrate() {
    for (int i = 0; i < 3; i++) {
      pools.add(pool(i));
    }
    ledger = new Ledger();
    Ledger.execute(pools.get(0), "DROP DATABASE outbox");
    Ledger.execute(pools.get(0), "CREATE DATABASE outbox");
    pools.get(0).close();
    pools.set(0, pool(0));
    ledger.migrate(pools.get(0));
    for (HikariDataSource pool : pools) {
      // Each node applies what another has committed a little later.
      Await.value(
          "the tables are on all nodes",
          MINUTE,
          () ->
              Ledger.number(
                  pool,
                  "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'outbox' AND"
                      + " table_name = 'shown_message'"),
          tables -> tables == 1);
    }
  }

  @AfterEach
  void close() {
    ledger.close();
    pools.forEach(HikariDataSource::close);
  }

  private static HikariDataSource pool(int node) {
    return Ledger.pool(cluster.url(node), GaleraCluster.USER, GaleraCluster.PASSWORD, 8);
  }

  private void awaitCommitted(int more) {
    int before = ledger.committed();
    Await.value("more is committed", MINUTE, ledger::committed, now -> now >= before + more);
  }

  private long lostAtCommit() {
    return cluster.sum("wsrep_local_cert_failures") + cluster.sum("wsrep_local_bf_aborts");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void relaysAndWritersOnDifferentNodesLoseAndDoubleNothing(int nodeOfTheSecond) {
    long before = lostAtCommit();
    ledger.start(ledger.relay(pools.get(0)));
    ledger.start(ledger.relay(pools.get(nodeOfTheSecond)));
    ledger.write(6, 600, 1, pools);
    awaitCommitted(4_000);
    Ledger.Report report = ledger.end(pools.get(0), MINUTE);
    log.info(
        "relays on nodes 0 and {}, writers on all: {} transactions lost at commit, {}",
        nodeOfTheSecond,
        lostAtCommit() - before,
        report);
    report.holds();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 0, 1})
  void aBacklogIsDrainedByRelaysOnOneNodeAndOnTwo(int nodeOfTheSecond) {
    ledger.write(2, 100_000, 1, List.of(pools.get(0)));
    awaitCommitted(5_000);
    ledger.endWriters();
    long before = lostAtCommit();
    long started = System.nanoTime();
    ledger.start(ledger.relay(pools.get(0)));
    ledger.start(ledger.relay(pools.get(nodeOfTheSecond)));
    Ledger.Report report = ledger.end(pools.get(0), MINUTE);
    double seconds = (System.nanoTime() - started) / 1e9;
    log.info(
        "relays on nodes 0 and {}: {} a second, {} transactions lost at commit, {}",
        nodeOfTheSecond,
        Math.round(report.delivered() / seconds),
        lostAtCommit() - before,
        report);
    report.holds();
  }

  @Test
  void aNodeThatIsKilledAndJoinsAgainCostsNothingButTime() {
    ledger.start(ledger.relay(pools.get(0)));
    ledger.start(ledger.relay(pools.get(2)));
    ledger.write(4, 300, 1, pools.subList(0, 2));
    awaitCommitted(500);
    cluster.kill(2);
    long killed = System.nanoTime();
    awaitCommitted(300);
    log.info("written on after {} ms", (System.nanoTime() - killed) / 1_000_000);
    cluster.join(2);
    log.info("joined again after {} ms", (System.nanoTime() - killed) / 1_000_000);
    awaitCommitted(500);
    Ledger.Report report = ledger.end(pools.get(0), MINUTE);
    log.info("a node killed and joined again: {}", report);
    report.holds();
    assertThat(Ledger.number(pools.get(2), "SELECT count(*) FROM outbox_delivered"))
        .isEqualTo(report.delivered());
  }

  @Test
  void aNodeWithoutQuorumSaysSoAndGoesOnWithIt() {
    Relay relay = ledger.start(ledger.relay(pools.get(0)));
    ledger.write(2, 200, 1, List.of(pools.get(0)));
    awaitCommitted(300);
    cluster.freeze(1);
    cluster.freeze(2);
    try {
      RelayHealth health =
          Await.value(
              "it says so",
              MINUTE.multipliedBy(2),
              relay::health,
              h -> h.reasons().toString().contains("quorum"));
      log.info("without quorum: {}", health);
      assertThat(health.status()).isEqualTo(RelayHealth.Status.DOWN);
    } finally {
      cluster.thaw(1);
      cluster.thaw(2);
    }
    for (int i = 0; i < 3; i++) {
      cluster.awaitSynced(i);
    }
    awaitCommitted(300);
    Ledger.Report report = ledger.end(pools.get(0), MINUTE);
    log.info("a node without quorum for a while: {}", report);
    report.holds();
  }
}
