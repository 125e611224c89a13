package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An HAProxy between the application and its PostgreSQL, or between a relay and MoEngage. */
class HaProxyTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration LEASE = Duration.ofSeconds(12);
  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final String STORE = "javax.net.ssl.trustStore";

  @SuppressWarnings("NullAway.Init")
  private static Certificates certificates;

  @BeforeAll
  static void trust() {
    certificates = new Certificates();
    System.setProperty(STORE, certificates.trustStore().toString());
    System.setProperty(STORE + "Password", certificates.password());
  }

  @AfterAll
  static void trustNoMore() {
    System.clearProperty(STORE);
    System.clearProperty(STORE + "Password");
    certificates.close();
  }

  // Before the database

  /** Idle connections are closed after 2 seconds, far below what a pool keeps them for. */
  @Test
  void aHealthCheckedPrimaryIsFollowed() {
    try (PostgresPair servers = PostgresPair.synchronous();
        HaProxy proxy = HaProxy.start(primaryOf(servers));
        HikariDataSource pool =
            Ledger.pool(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres", "postgres", "", 10);
        Ledger ledger = new Ledger()) {
      ledger.destination.latency(Duration.ofMillis(100));
      // It takes each server for good until its first check.
      Await.until(
          "HAProxy knows the standby", () -> proxy.said().contains("postgresql/two is DOWN"));
      ledger.migrate(pool);
      Relay relay = ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE));
      ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE));
      ledger.write(4, 400, 111, List.of(pool));
      for (int i = 0; i < 3; i++) {
        awaitCommits(ledger, 300);
        proxy.reload();
      }
      awaitCommits(ledger, 300);
      long killed = System.nanoTime();
      servers.primary().kill();
      servers.promote();
      awaitCommits(ledger, 1);
      Duration recovered = since(killed);
      awaitCommits(ledger, 800);
      Await.value("the relay is up", relay::health, health -> health.status() == Status.UP);
      Ledger.Report report = ledger.end(pool, LONGEST);
      log.info("HAProxy follows the primary, commits again after {}: {}", recovered, report);
      report.holds();
      assertThat(report.forgotten()).isZero();
    }
  }

  /** Asks each server whether it is a standby, by the protocol's own bytes. */
  private static String primaryOf(PostgresPair servers) {
    byte[] parameters =
        "user\0postgres\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
    byte[] query = "SELECT pg_is_in_recovery()\0".getBytes(StandardCharsets.US_ASCII);
    HexFormat hex = HexFormat.of();
    return """
        defaults
          mode tcp
          timeout connect 1s
          timeout check 1s
          timeout client 2s
          timeout server 2s
        listen postgresql
          bind LISTEN
          option tcp-check
          tcp-check connect
          tcp-check send-binary %s00030000%s
          tcp-check send-binary 51%s%s
          # A row of one column with the text f.
          tcp-check expect binary 440000000b00010000000166
          default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
          server one 127.0.0.1:%d
          server two 127.0.0.1:%d
        """
        .formatted(
            hex.toHexDigits(8 + parameters.length),
            hex.formatHex(parameters),
            hex.toHexDigits(4 + query.length),
            hex.formatHex(query),
            servers.primary().port(),
            servers.standby().port());
  }

  // Before the destination

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1", "HTTP/2.0"})
  void reloadsAndANewCertificateCostNoPause(String version) {
    try (TestDatabase database = TestDatabase.postgres();
        HikariDataSource pool = pool(database);
        Ledger ledger = new Ledger();
        HaProxy proxy =
            HaProxy.start(before(ledger, version, certificates.pem("first-" + suffix(version))))) {
      begin(ledger, pool, proxy, version, 121);
      for (int i = 0; i < 5; i++) {
        awaitAccepted(ledger, 100);
        proxy.reload();
      }
      proxy.configure(before(ledger, version, certificates.pem("second-" + suffix(version))));
      proxy.reload();
      awaitAccepted(ledger, 200);
      assertThat(proxy.said()).contains(version).doesNotContain(other(version));
      end("6 reloads, a new certificate, " + version, ledger, pool);
      assertThat(ledger.pauses()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1", "HTTP/2.0"})
  void aCertificateThatNobodyTrustsIsToldAndAllGoesOnWithARightOne(String version) {
    try (TestDatabase database = TestDatabase.postgres();
        HikariDataSource pool = pool(database);
        Ledger ledger = new Ledger();
        Log warnings = new Log();
        Certificates strangers = new Certificates();
        HaProxy proxy =
            HaProxy.start(before(ledger, version, certificates.pem("third-" + suffix(version))))) {
      Relay relay = begin(ledger, pool, proxy, version, 131);
      awaitAccepted(ledger, 100);
      proxy.configure(before(ledger, version, strangers.pem("stranger")));
      proxy.reload();
      awaitPause(ledger, relay);
      warnings.told("certificate");
      proxy.configure(before(ledger, version, certificates.pem("fourth-" + suffix(version))));
      proxy.reload();
      Duration recovered = awaitAccepted(ledger, 100);
      log.info("paused: {}; sent again {} after", ledger.pauses(), recovered);
      end("a certificate that nobody trusts, " + version, ledger, pool);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1", "HTTP/2.0"})
  void aServiceThatIsAwayBehindItIsToldAndAllGoesOnWhenItIsBack(String version) {
    try (TestDatabase database = TestDatabase.postgres();
        HikariDataSource pool = pool(database);
        Ledger ledger = new Ledger();
        Log warnings = new Log();
        HaProxy proxy =
            HaProxy.start(before(ledger, version, certificates.pem("fifth-" + suffix(version))))) {
      Relay relay = begin(ledger, pool, proxy, version, 141);
      awaitAccepted(ledger, 100);
      ledger.destination.stop();
      awaitPause(ledger, relay);
      warnings.told("503");
      ledger.destination.resume();
      Duration recovered = awaitAccepted(ledger, 100);
      log.info("paused: {}; sent again {} after", ledger.pauses(), recovered);
      end("a service that is away, " + version, ledger, pool);
    }
  }

  private static String before(Ledger ledger, String version, Path certificate) {
    return """
        defaults
          mode http
          log global
          log-format "%%HV %%ST %%tsc"
          timeout connect 1s
          timeout client 10s
          timeout server 10s
          timeout http-keep-alive 1s
        listen moengage
          bind LISTEN ssl crt %s alpn %s
          server one %s
        """
        .formatted(
            certificate,
            version.equals("HTTP/2.0") ? "h2,http/1.1" : "http/1.1",
            ledger.destination.baseUrl().replace("http://", ""));
  }

  private static String suffix(String version) {
    return version.substring(version.length() - 3);
  }

  private static String other(String version) {
    return version.equals("HTTP/2.0") ? "HTTP/1.1" : "HTTP/2.0";
  }

  private static HikariDataSource pool(TestDatabase database) {
    return Ledger.pool(database.jdbcUrl(), database.user(), database.password(), 10);
  }

  private static Relay begin(
      Ledger ledger, HikariDataSource pool, HaProxy proxy, String version, long seed) {
    ledger.sendTo("https://localhost:" + proxy.port());
    ledger.migrate(pool);
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    Relay relay =
        ledger.start(ledger.relay(outbox, LEASE).name("over-" + version.replace("/", "-")));
    ledger.start(ledger.relay(outbox, LEASE));
    ledger.write(4, 200, seed, List.of(pool));
    return relay;
  }

  private static void end(String name, Ledger ledger, HikariDataSource pool) {
    Ledger.Report report = ledger.end(pool, LONGEST);
    log.info(
        "HAProxy, {}: {} attempts without a verdict, {} pauses; {}",
        name,
        ledger.retried(),
        ledger.pauses().size(),
        report);
    report.holds();
    assertThat(report.forgotten()).isZero();
  }

  private static void awaitPause(Ledger ledger, Relay relay) {
    Await.value("a pause", LONGEST, ledger::pauses, pauses -> !pauses.isEmpty());
    Await.value("health tells", LONGEST, relay::health, health -> health.status() != Status.UP);
  }

  private static Duration awaitAccepted(Ledger ledger, int more) {
    long began = System.nanoTime();
    int before = ledger.destination.acceptedCount();
    Await.value(
        "more is accepted",
        LONGEST,
        ledger.destination::acceptedCount,
        accepted -> accepted >= before + more);
    return since(began);
  }

  private static void awaitCommits(Ledger ledger, int more) {
    int before = ledger.committed();
    Await.value("commits", ledger::committed, now -> now >= before + more);
  }

  private static Duration since(long nanoTime) {
    return Duration.ofMillis((System.nanoTime() - nanoTime) / 1_000_000);
  }
}
