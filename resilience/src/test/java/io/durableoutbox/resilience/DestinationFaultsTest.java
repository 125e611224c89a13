package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.durableoutbox.MoEngage;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.RunResult;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.Fault;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of the destination's answer table, and worse, over real HTTP and to real tables. */
class DestinationFaultsTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final int ACTIONS = 40;
  private static final Fault HANGS = Fault.delay(Duration.ofSeconds(3));

  @ParameterizedTest(name = "{0}: {2} {3}")
  @MethodSource("faults")
  void isRecordedForWhatItIsAndCostsNoAction(
      String name, Fault fault, String outcome, String status) throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        Relay relay =
            (fault == HANGS ? scene.hastyRelay(scene.pool) : scene.relay(scene.pool)).build()) {
      scene.destination.next(fault);
      scene.commit(ACTIONS);
      relay.start();
      scene.everythingArrives(LONG);
      assertThat(scene.query("SELECT DISTINCT outcome, status FROM outbox_request"))
          .as(name)
          .contains(outcome + "|" + status)
          .isSubsetOf(outcome + "|" + status, "accepted|200");
      // A pause that the fault led to has ended with it; the relay is up before it writes so.
      Scene.await("it is up", LONG, () -> relay.health().status() == Status.UP);
      scene.awaitNumber(
          0, LONG, "SELECT count(*) FROM outbox_workspace WHERE paused_since IS NOT NULL");
    }
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        arguments("success", Fault.none(), "accepted", "200"),
        arguments("a bad event", Fault.invalidField(), "refused", "400"),
        arguments(
            "malformed JSON",
            Fault.status(400, "{\"title\":\"Malformed JSON\"}"),
            "refused",
            "400"),
        arguments("too large", Fault.status(413, "{\"title\":\"Too Large\"}"), "refused", "413"),
        arguments("too large for a gateway", Fault.html(413, 200), "unknown", "413"),
        arguments("a gateway's refusal", Fault.html(400, 200), "unknown", "400"),
        arguments("an empty refusal", Fault.status(422), "unknown", "422"),
        arguments("a refusal cut short", Fault.invalidField().truncated(), "unknown", "400"),
        arguments("a maintenance page", Fault.maintenancePage(), "unknown", "200"),
        arguments("an empty success", Fault.status(200), "unknown", "200"),
        arguments("a success without content", Fault.status(204), "unknown", "204"),
        arguments("a success that failed", Fault.failedSuccess(), "unknown", "200"),
        arguments("a blocked account", Fault.blacklisted(), "misconfigured", "400"),
        arguments("another app id", Fault.invalidAppId(), "misconfigured", "400"),
        arguments("a missing header", Fault.contentTypeRequired(), "misconfigured", "400"),
        arguments("the wrong connection", Fault.status(421), "accepted", "200"),
        arguments("too early", Fault.status(425), "accepted", "200"),
        arguments("the client has left", Fault.status(499), "unknown", "499"),
        arguments("client not found", Fault.clientNotFound(), "misconfigured", "400"),
        arguments("wrong key", Fault.unauthorized(), "misconfigured", "401"),
        arguments("key without the scope", Fault.status(403), "misconfigured", "403"),
        arguments("not found", Fault.html(404, 200), "misconfigured", "404"),
        arguments("wrong method", Fault.status(405), "misconfigured", "405"),
        arguments("wrong media type", Fault.status(415), "misconfigured", "415"),
        arguments("redirect", Fault.redirect("https://localhost:1/"), "misconfigured", "302"),
        arguments("rate limit", Fault.rateLimited(Duration.ofSeconds(1)), "rate_limited", "429"),
        arguments(
            "rate limit, a date",
            Fault.rateLimitedUntil(Instant.now().plusSeconds(1)),
            "rate_limited",
            "429"),
        arguments(
            "rate limit, seconds left",
            Fault.rateLimited("x-ratelimit-reset", "1"),
            "rate_limited",
            "429"),
        arguments("rate limit, no header", Fault.status(429), "rate_limited", "429"),
        arguments("request timeout", Fault.status(408), "unknown", "408"),
        arguments("server error", Fault.status(500, "{\"title\":\"Oops\"}"), "unknown", "500"),
        arguments("unavailable", Fault.status(503), "unknown", "503"),
        arguments("5 MB of HTML", Fault.html(502, 5_000_000), "unknown", "502"),
        arguments("garbage", Fault.status(500, "\u0000\u0001\ufffe{[\"}"), "unknown", "500"),
        arguments(
            "an unknown charset",
            Fault.status(504, "zu sp\u00e4t").header("X-Charset", "utf-99"),
            "unknown",
            "504"),
        arguments("an answer cut short", Fault.truncatedAnswer(), "unknown", "200"),
        arguments(
            "an error cut short",
            Fault.status(503, "{\"title\":\"O\"}").truncated(),
            "unknown",
            "503"),
        arguments("an answer that hangs", HANGS, "unknown", "null"),
        arguments("dropped before", Fault.dropBeforeAccepting(), "unknown", "null"),
        arguments("dropped after", Fault.dropAfterAccepting(), "unknown", "null"));
  }

  @Test
  void aServerThatIsNotThereIsUnavailableUntilItIs() throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        Relay relay = scene.relay(scene.pool).build()) {
      scene.destination.stop();
      scene.commit(ACTIONS);
      relay.start();
      Scene.await(
          "a request has failed",
          LONG,
          () -> scene.number("SELECT count(*) FROM outbox_request") > 0);
      assertThat(scene.query("SELECT DISTINCT outcome, status FROM outbox_request"))
          .containsExactly("unavailable|null");
      scene.destination.resume();
      scene.everythingArrives(LONG);
    }
  }

  @Test
  void aCertificateThatDoesNotVerifyGetsNeitherTheKeyNorAnAction(@TempDir Path folder)
      throws Exception {
    AtomicInteger requests = new AtomicInteger();
    HttpsServer server = selfSigned(folder);
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          exchange.close();
        });
    server.start();
    try (TestDatabase database = TestDatabase.postgres();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        Relay relay =
            scene
                .outbox
                .relay(
                    MoEngage.workspace("workspace", "key")
                        .baseUrl("https://localhost:" + server.getAddress().getPort())
                        .build())
                .build()) {
      scene.commit(3);
      RunResult result = relay.runOnce();
      assertThat(result.delivered()).isZero();
      assertThat(requests).hasValue(0);
      assertThat(scene.query("SELECT outcome, status FROM outbox_request"))
          .containsExactly("unavailable|null");
      assertThat(scene.query("SELECT message FROM outbox_request").get(0)).contains("SSLHandshake");
      assertThat(scene.number("SELECT count(*) FROM outbox")).isEqualTo(3);
      assertThat(scene.query("SELECT cause FROM outbox_workspace")).containsExactly("unavailable");
    } finally {
      server.stop(0);
    }
  }

  /** Makes a server whose certificate nobody has signed. */
  private static HttpsServer selfSigned(Path folder) throws Exception {
    Path store = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).as("keytool ends").isTrue();
    assertThat(keytool.exitValue()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return server;
  }
}
