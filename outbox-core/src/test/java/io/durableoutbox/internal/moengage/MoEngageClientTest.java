package io.durableoutbox.internal.moengage;

import static io.durableoutbox.Samples.CANARY;
import static io.durableoutbox.Samples.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.moengage.RawServer.Deed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import javax.net.ssl.SSLHandshakeException;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes of a request when connections fail, on real sockets. */
class MoEngageClientTest {
  private static final Duration PATIENT = Duration.ofSeconds(20);
  private static final Outcome ACCEPTED = new Outcome.Accepted(200, "SKuSLFnX", null);

  private final RawServer server;
  private final List<MoEngageClient> clients = new ArrayList<>();

  MoEngageClientTest() throws IOException {
    server = new RawServer();
  }

  @AfterEach
  void close() throws IOException {
    clients.forEach(MoEngageClient::close);
    server.close();
  }

  private MoEngageClient client(Duration callTimeout) {
    return client(server.url(), callTimeout, UnaryOperator.identity());
  }

  private MoEngageClient client(
      URI url, Duration callTimeout, UnaryOperator<OkHttpClient.Builder> more) {
    MoEngageClient client =
        new MoEngageClient(url, "W1", () -> "key", callTimeout, false, null, PATIENT, more);
    clients.add(client);
    return client;
  }

  static Request request() {
    return request(UUID.randomUUID(), "user-1");
  }

  static Request request(UUID event, String customer) {
    ClaimedAction action =
        ClaimedAction.of(
            1, event, customer, null, null, "A", 1, "web", CONTEXT, true, 1, 0, null, null);
    return new Request(
        UUID.randomUUID(), List.of(new Request.Element(customer, null, null, List.of(action))));
  }

  private static Outcome send(MoEngageClient client) throws Exception {
    return client.send(request()).toCompletableFuture().get(30, TimeUnit.SECONDS).outcome();
  }

  /** Sends so many at once and returns what came of them. */
  private static List<Outcome> send(MoEngageClient client, int requests) {
    return IntStream.range(0, requests)
        .mapToObj(i -> client.send(request()).toCompletableFuture())
        .toList()
        .stream()
        .map(reply -> reply.orTimeout(30, TimeUnit.SECONDS).join().outcome())
        .toList();
  }

  // Connections that others have used

  @Test
  void aConnectionIsUsedAgainAtOnce() throws Exception {
    MoEngageClient client = client(PATIENT);
    for (int i = 0; i < 5; i++) {
      assertThat(send(client)).isEqualTo(ACCEPTED);
    }
    assertThat(server.connections()).isEqualTo(1);
  }

  @Test
  void aServerThatClosesIdleConnectionsCostsNoRequest() throws Exception {
    server.closeIdleAfter(Duration.ofMillis(60));
    MoEngageClient client = client(PATIENT);
    for (int i = 0; i < 10; i++) {
      assertThat(send(client)).isEqualTo(ACCEPTED);
      await(() -> !server.hasOpenConnections());
    }
    assertThat(server.requests()).isEqualTo(10);
    assertThat(server.connections()).isEqualTo(10);
  }

  @ParameterizedTest
  @EnumSource(names = {"CLOSE", "RESET"})
  void aUsedConnectionThatBreaksIsReplacedWithTheSameBody(Deed deed) throws Exception {
    MoEngageClient client = client(PATIENT);
    send(client);
    server.next(deed);
    assertThat(send(client)).isEqualTo(ACCEPTED);
    assertThat(server.connections()).isEqualTo(2);
    assertThat(server.requests()).isEqualTo(3);
    assertThat(server.bodies().get(2)).isEqualTo(server.bodies().get(1)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Len",
        "not HTTP at all\r\n\r\n",
        "\u0001\u0002\r\n\r\n",
        "HTTP/9 x\r\n\r\n"
      })
  void whatIsNoAnswerOnAUsedConnectionIsTheConnectionsFault(String garbage) throws Exception {
    MoEngageClient client = client(PATIENT);
    send(client);
    server.next(new RawServer.Step(Deed.ANSWER, garbage));
    server.closeIdleAfter(Duration.ofMillis(50));
    assertThat(send(client)).isEqualTo(ACCEPTED);
    assertThat(server.connections()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"CLOSE", "RESET"})
  void aFreshConnectionThatBreaksIsUnknownAndIsNotRepeated(Deed deed) throws Exception {
    server.next(deed);
    Outcome outcome = send(client(PATIENT));
    assertThat(outcome).isInstanceOf(Outcome.Unknown.class);
    assertThat(outcome.status()).isNull();
    assertThat(server.requests()).isEqualTo(1);
  }

  @Test
  void whatAFreshConnectionSaysCounts() throws Exception {
    MoEngageClient client = client(PATIENT);
    send(client);
    server.next(Deed.CLOSE);
    server.next(Deed.RESET);
    assertThat(send(client)).isInstanceOf(Outcome.Unknown.class);
    assertThat(server.requests()).isEqualTo(3);
    server.next(RawServer.json(503, "{\"title\":\"T\"}"));
    assertThat(send(client)).isEqualTo(new Outcome.Unknown(503, "T: ", null));
    server.next(Deed.CLOSE);
    server.next(RawServer.json(401, "{\"title\":\"T\"}"));
    assertThat(send(client)).isEqualTo(new Outcome.Misconfigured(401, "T: "));
  }

  @Test
  void whatMayHaveArrivedOnAUsedConnectionStaysUnknownThoughNoFreshOneCanBeMade() throws Exception {
    MoEngageClient client = client(PATIENT);
    send(client);
    server.next(Deed.HANG);
    var reply = client.send(request()).toCompletableFuture();
    await(() -> server.requests() == 2);
    server.close();
    Outcome outcome = reply.get(20, TimeUnit.SECONDS).outcome();
    assertThat(outcome).isInstanceOf(Outcome.Unknown.class);
    assertThat(outcome.message()).contains("then on a fresh connection ConnectException: ");
  }

  private static void wait(CountDownLatch done) {
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void eightConnectionsThatANatForgotCostOneCallTimeoutTogether() throws Exception {
    Duration timeout = Duration.ofSeconds(1);
    MoEngageClient client = client(timeout);
    send(client, 8);
    server.forgetConnections();
    long start = System.nanoTime();
    assertThat(send(client, 8)).hasSize(8);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(timeout.multipliedBy(2));
    for (int i = 0; i < 4; i++) {
      assertThat(send(client, 8)).containsOnly(ACCEPTED);
    }
  }

  @Test
  void oneForgottenConnectionIsTheLastOfItsGeneration() throws Exception {
    MoEngageClient client = client(Duration.ofSeconds(1));
    send(client, 8);
    server.forgetConnections();
    assertThat(send(client)).isInstanceOf(Outcome.Unknown.class);
    for (int i = 0; i < 8; i++) {
      assertThat(send(client)).isEqualTo(ACCEPTED);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {421, 425})
  void aMisdirectedOrTooEarlyRequestIsRepeatedOnceOnAFreshConnection(int status) throws Exception {
    MoEngageClient client = client(PATIENT);
    server.next(RawServer.answer(status, "", ""));
    assertThat(send(client)).isEqualTo(ACCEPTED);
    assertThat(server.connections()).isEqualTo(2);
    server.next(RawServer.answer(status, "", ""));
    server.next(RawServer.answer(status, "", ""));
    assertThat(send(client)).isEqualTo(new Outcome.Unavailable(status, null));
    assertThat(server.requests()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 499, 500, 503})
  void noOtherAnswerIsRepeated(int status) throws Exception {
    MoEngageClient client = client(PATIENT);
    send(client);
    // OkHttp would repeat both of these by itself.
    server.next(RawServer.answer(status, "Retry-After: 0\r\n", ""));
    assertThat(send(client)).isEqualTo(new Outcome.Unknown(status, null, Duration.ZERO));
    assertThat(server.requests()).isEqualTo(2);
  }

  // Nothing left

  @Test
  void aCertificateThatIsNotTrustedIsUnavailableAndSaysWhatToLookAt() throws Exception {
    SSLHandshakeException failure = new SSLHandshakeException("PKIX path building failed");
    failure.initCause(new CertificateException("unable to find valid certification path"));
    MoEngageClient client =
        client(
            URI.create("https://sdk-01.example.com"),
            PATIENT,
            http ->
                http.addInterceptor(
                    chain -> {
                      throw failure;
                    }));
    Outcome outcome = send(client);
    assertThat(outcome).isInstanceOf(Outcome.Unavailable.class);
    assertThat(outcome.message())
        .startsWith("SSLHandshakeException: PKIX path building failed; ")
        .contains("does not trust the certificate", "javax.net.ssl.trustStore");
  }

  @Test
  void aHostThatCannotBeFoundIsAboutTheConfiguration() throws Exception {
    MoEngageClient client =
        client(
            URI.create("https://sdk-99.example.com"),
            PATIENT,
            http ->
                http.dns(
                    host -> {
                      throw new UnknownHostException(host + ": Name or service not known");
                    }));
    assertThat(send(client))
        .isEqualTo(
            new Outcome.Misconfigured(
                null,
                "UnknownHostException: sdk-99.example.com: Name or service not known; check"
                    + " dataCenter or baseUrl, and whether this machine can resolve names"));
    assertThat(client.credentialsRefused()).isTrue();
    assertThat(client(PATIENT).credentialsRefused()).isFalse();
  }

  @Test
  void aConnectionThatCannotBeMadeInTimeIsUnavailable() throws Exception {
    // A queue of one that nobody empties: further connections are not answered.
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Socket> waiting = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Socket socket = new Socket();
        waiting.add(socket);
        try {
          socket.connect(full.getLocalSocketAddress(), 100);
        } catch (IOException e) {
          break;
        }
      }
      MoEngageClient client =
          client(
              URI.create("http://127.0.0.1:" + full.getLocalPort()),
              PATIENT,
              http -> http.connectTimeout(Duration.ofMillis(100)));
      Outcome outcome = send(client);
      assertThat(outcome).isInstanceOf(Outcome.Unavailable.class);
      assertThat(outcome.message())
          .isEqualToIgnoringCase("SocketTimeoutException: connect timed out");
      MoEngageClient slower =
          client(
              URI.create("http://127.0.0.1:" + full.getLocalPort()),
              Duration.ofMillis(100),
              UnaryOperator.identity());
      assertThat(send(slower)).isInstanceOf(Outcome.Unavailable.class);
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }

  @Test
  void whatMayHaveArrivedStaysUnknownThoughTheFreshConnectionIsNeverMade() throws Exception {
    AtomicInteger lookups = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(1);
    MoEngageClient client =
        client(
            URI.create("http://outbox.test:" + server.url().getPort()),
            Duration.ofSeconds(1),
            http ->
                http.dns(
                    host -> {
                      if (lookups.incrementAndGet() > 1) {
                        wait(done);
                      }
                      return List.of(InetAddress.getLoopbackAddress());
                    }));
    assertThat(send(client)).isEqualTo(ACCEPTED);
    server.next(Deed.CLOSE);
    Outcome outcome = send(client);
    done.countDown();
    assertThat(outcome).isInstanceOf(Outcome.Unknown.class);
    assertThat(outcome.message()).contains("then on a fresh connection no connection within");
  }

  @Test
  void aConnectionThatIsRefusedIsUnavailable() throws Exception {
    server.close();
    Outcome outcome = send(client(PATIENT));
    assertThat(outcome).isInstanceOf(Outcome.Unavailable.class);
    assertThat(outcome.message()).startsWith("ConnectException: Failed to connect to");
  }

  @Test
  void aHandshakeThatNeverEndsIsUnavailable() throws Exception {
    URI url = URI.create(server.url().toString().replace("http:", "https:"));
    Outcome outcome = send(client(url, Duration.ofMillis(200), UnaryOperator.identity()));
    assertThat(outcome)
        .isEqualTo(
            new Outcome.Unavailable(
                null, "no connection within callTimeout, after the TLS handshake began"));
  }

  @Test
  void aNameThatTakesTooLongToResolveIsUnavailableWithinTheCallTimeout() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    MoEngageClient client =
        client(
            URI.create("https://sdk-01.example.com"),
            Duration.ofMillis(100),
            http ->
                http.dns(
                    host -> {
                      wait(done);
                      throw new UnknownHostException(host);
                    }));
    assertThat(send(client))
        .isEqualTo(
            new Outcome.Unavailable(
                null,
                "no connection within callTimeout, after it began to resolve the host's name"));
    done.countDown();
  }

  @Test
  void aClosedClientSendsNothing() throws Exception {
    MoEngageClient client = client(PATIENT);
    client.close();
    assertThat(send(client)).isEqualTo(new Outcome.Unavailable(null, "the destination is closed"));
    assertThat(server.requests()).isZero();
  }

  @Test
  void closingEndsWhatIsOutAndRepeatsNothing() throws Exception {
    MoEngageClient client = client(PATIENT);
    send(client);
    server.next(Deed.HANG);
    var reply = client.send(request()).toCompletableFuture();
    await(() -> server.requests() == 2);
    client.close();
    assertThat(reply.get(20, TimeUnit.SECONDS).outcome()).isInstanceOf(Outcome.Unknown.class);
    assertThat(server.requests()).isEqualTo(2);
  }

  // Bodies

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\ufeff{\"status\":\"success\",\"req_id\":\"SKuSLFnX\"}",
        " \r\n\t{\"status\":\"success\",\"req_id\":\"SKuSLFnX\"}\r\n"
      })
  void aMarkOrWhiteSpaceAroundAnAcceptanceIsNoMatter(String body) throws Exception {
    server.next(RawServer.json(200, body));
    assertThat(send(client(PATIENT))).isEqualTo(ACCEPTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json; charset=utf-99", "text/html", "a/b/c", "", "text/x; charset="})
  void theContentTypeOfAnAcceptanceIsNoMatter(String type) throws Exception {
    server.next(
        RawServer.answer(
            200,
            "Content-Type: " + type + "\r\n",
            "{\"status\":\"success\",\"req_id\":\"SKuSLFnX\"}"));
    assertThat(send(client(PATIENT))).isEqualTo(ACCEPTED);
  }

  @Test
  void anAcceptanceThatBreaksOffIsUnknown() throws Exception {
    server.next(
        new RawServer.Step(Deed.ANSWER, RawServer.OK.substring(0, RawServer.OK.length() - 1)));
    server.closeIdleAfter(Duration.ofMillis(50));
    Outcome outcome = send(client(PATIENT));
    assertThat(outcome).isInstanceOf(Outcome.Unknown.class);
    assertThat(outcome.status()).isEqualTo(200);
    assertThat(outcome.message())
        .startsWith("not the API's acceptance: [the answer broke off] {\"status\":\"success\"");
  }

  @Test
  void anAnswerLongerThanAMegabyteIsNoAcceptance() throws Exception {
    String long1 = "{\"status\":\"success\",\"more\":\"" + "m".repeat(100_000) + "\"}";
    server.next(RawServer.json(200, long1));
    MoEngageClient client = client(PATIENT);
    assertThat(send(client)).isEqualTo(new Outcome.Accepted(200, null, null));
    server.next(RawServer.json(200, long1.replace("more", "m".repeat(1 << 20))));
    assertThat(send(client).message())
        .startsWith("not the API's acceptance: [the answer is longer than 1048576 bytes] {");
  }

  @Test
  void aRedirectIsNotFollowedAndIsToldWithoutItsQuery() throws Exception {
    server.next(
        RawServer.answer(
            302, "Location: https://u:p@portal.example/in?token=secret#x\r\n", "gone"));
    assertThat(send(client(PATIENT)))
        .isEqualTo(
            new Outcome.Misconfigured(302, "answered by a redirect to https://portal.example/in"));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 407, 204, 205, 304, 101, 600})
  void statusesWithRulesOfTheirOwnAreAnswersToo(int status) throws Exception {
    server.next(RawServer.answer(status, "", ""));
    assertThat(send(client(PATIENT)).status()).isEqualTo(status);
  }

  @Test
  void a204WithABodyIsAnAnswerThatBrokeOff() throws Exception {
    server.next(RawServer.json(204, "{\"status\":\"success\"}"));
    assertThat(send(client(PATIENT)))
        .isEqualTo(
            new Outcome.Unknown(204, "not the API's acceptance: the answer broke off", null));
  }

  @Test
  void withoutAStatusNoMessageQuotesWhatTheOtherSideSaid() throws Exception {
    for (String echo :
        List.of(
            CANARY + "\r\n\r\n",
            "HTTP/1.1 " + CANARY + "\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: " + CANARY + "\r\n" + CANARY + "\r\n\r\n",
            "HTTP/1.1 200 OK\r\n" + CANARY)) {
      server.closeIdleAfter(Duration.ofMillis(50));
      server.next(echo);
      Reply reply = client(PATIENT).send(request()).toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(reply.outcome()).isInstanceOf(Outcome.Unknown.class);
      assertThat(reply.outcome().message()).as(echo).doesNotContain("canary").doesNotContain("key");
    }
  }
}
