package io.durableoutbox.testkit;

import static io.durableoutbox.testkit.TestClient.BODY;
import static io.durableoutbox.testkit.TestClient.EVENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SimulatedDestinationExtension.class)
class FaultTest {
  private final SimulatedDestination destination;
  private final TestClient client;

  FaultTest(SimulatedDestination destination) {
    this.destination = destination;
    this.client = new TestClient(destination);
  }

  @Test
  void answersAnyStatusAndBodyAndAcceptsNothing() throws Exception {
    destination.next(Fault.status(503, "{\"a\":1}").header("X-Test", "yes"), Fault.status(204));
    HttpResponse<String> answer = client.post(BODY);
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("{\"a\":1}");
    assertThat(answer.headers().firstValue("X-Test")).contains("yes");
    assertThat(client.post(BODY).statusCode()).isEqualTo(204);
    assertThat(destination.acceptedCount()).isZero();
    assertThat(destination.requests())
        .extracting(ReceivedRequest::status, ReceivedRequest::actions, ReceivedRequest::answered)
        .containsExactly(tuple(503, 1, true), tuple(204, 1, true));
  }

  @Test
  void answersTheDocumentedErrors() throws Exception {
    destination.next(Fault.unauthorized(), Fault.clientNotFound(), Fault.invalidField());
    HttpResponse<String> unauthorized = client.post(BODY);
    assertThat(unauthorized.statusCode()).isEqualTo(401);
    assertThat(unauthorized.body()).isEqualTo(Answers.UNAUTHORIZED);
    HttpResponse<String> notFound = client.post(BODY);
    assertThat(notFound.statusCode()).isEqualTo(400);
    assertThat(notFound.body()).isEqualTo(Answers.CLIENT_NOT_FOUND);
    assertThat(client.post(BODY).body()).contains("Errored Field: actions");
  }

  @Test
  void answersInPlaceOfTheDestination() throws Exception {
    destination.next(Fault.maintenancePage(), Fault.failedSuccess(), Fault.status(200));
    HttpResponse<String> page = client.post(BODY);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Type")).contains("text/html");
    assertThat(page.body()).startsWith("<html>");
    assertThat(client.post(BODY).body()).contains("\"status\":\"fail\"");
    assertThat(client.post(BODY).body()).isEmpty();
    assertThat(destination.acceptedCount()).isZero();
  }

  @Test
  void blamesTheAccountInTheWordsOfTheSiblings() throws Exception {
    destination.next(Fault.blacklisted(), Fault.invalidAppId(), Fault.contentTypeRequired());
    assertThat(client.post(BODY).body())
        .isEqualTo(
            "{\"status\":\"fail\",\"error\":{\"type\":\"Blacklisted\",\"message\":\"Your account is"
                + " blacklisted\",\"request_id\":\"NwRqMltB\"}}");
    assertThat(client.post(BODY).body()).contains("Given app_id is invalid");
    HttpResponse<String> header = client.post(BODY);
    assertThat(header.statusCode()).isEqualTo(400);
    assertThat(header.body()).contains("The Content-Type Header is required");
  }

  @Test
  void limitsTheRateInEachOfTheDocumentedWays() throws Exception {
    destination.next(
        Fault.rateLimited(Duration.ofSeconds(7)),
        Fault.rateLimitedUntil(Instant.parse("2026-01-02T03:04:05Z")),
        Fault.rateLimited("x-ratelimit-reset", "30"));
    HttpResponse<String> seconds = client.post(BODY);
    assertThat(seconds.statusCode()).isEqualTo(429);
    assertThat(seconds.body()).contains("Request limit reached");
    assertThat(seconds.headers().firstValue("Retry-After")).contains("7");
    assertThat(client.post(BODY).headers().firstValue("Retry-After"))
        .contains("Fri, 02 Jan 2026 03:04:05 GMT");
    assertThat(client.post(BODY).headers().firstValue("x-ratelimit-reset")).contains("30");
  }

  @Test
  void redirects() throws Exception {
    destination.next(Fault.redirect("http://127.0.0.1:1/elsewhere"));
    HttpResponse<String> answer = client.post(BODY);
    assertThat(answer.statusCode()).isEqualTo(302);
    assertThat(answer.headers().firstValue("Location")).contains("http://127.0.0.1:1/elsewhere");
  }

  @Test
  void answersFiveMegabytesOfHtml() throws Exception {
    destination.next(Fault.html(502, 5_000_000));
    HttpResponse<String> answer = client.post(BODY);
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/html");
    assertThat(answer.body()).startsWith("<html>").hasSize(5_000_000);
  }

  // The JDK's client repeats a POST whose connection broke, so that the next three tests use
  // faults that are there for all its tries.

  @Test
  void dropsTheConnectionBeforeReading() {
    destination.always(Fault.dropBeforeAccepting());
    assertThatThrownBy(() -> client.post(BODY)).isInstanceOf(IOException.class);
    assertThat(destination.acceptedCount()).isZero();
    assertThat(destination.requests())
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.status()).isZero())
        .noneSatisfy(r -> assertThat(r.answered()).isTrue());
  }

  @Test
  void dropsTheConnectionAfterAccepting() throws Exception {
    destination.always(Fault.dropAfterAccepting());
    assertThatThrownBy(() -> client.post(BODY)).isInstanceOf(IOException.class);
    assertThat(destination.acceptedCount()).isEqualTo(1);
    assertThat(destination.requests())
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.status()).isEqualTo(200))
        .noneSatisfy(r -> assertThat(r.answered()).isTrue());
    destination.healthy();
    assertThat(client.post(BODY).statusCode()).isEqualTo(200);
    assertThat(destination.requests().get(destination.requests().size() - 1).answered()).isTrue();
  }

  @Test
  void breaksTheAnswerOff() {
    destination.always(Fault.truncatedAnswer());
    assertThatThrownBy(() -> client.post(BODY)).isInstanceOf(IOException.class);
    assertThat(destination.acceptedCount()).isEqualTo(1);
    assertThat(destination.requests()).noneSatisfy(r -> assertThat(r.answered()).isTrue());
  }

  @Test
  void sendsTheFirstHalfOfATruncatedAnswer() throws Exception {
    destination.next(Fault.status(500, "first half, second half").truncated());
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(destination.baseUrl()).getPort())) {
      socket.setSoTimeout(10_000);
      String request =
          "POST /v1/experiences/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(all).startsWith("HTTP/1.1 500").containsIgnoringCase("content-length: 123");
      assertThat(all).endsWith("\r\n\r\nfirst half,").doesNotContain("second");
    }
  }

  @Test
  void answersLate() throws Exception {
    destination.next(Fault.delay(Duration.ofMillis(120)));
    destination.latency(Duration.ofMillis(30));
    assertThat(timeOf(200)).isGreaterThan(Duration.ofMillis(149));
    assertThat(timeOf(200)).isGreaterThan(Duration.ofMillis(29));
  }

  @Test
  void letsTheAnswerTrickle() throws Exception {
    destination.next(Fault.slowAnswer(Duration.ofMillis(200)));
    assertThat(timeOf(200)).isGreaterThan(Duration.ofMillis(195));
    assertThat(destination.requests()).allSatisfy(r -> assertThat(r.answered()).isTrue());
  }

  @Test
  void combinesTroubles() throws Exception {
    Fault fault =
        Fault.status(503, "abc").after(Duration.ofMillis(60)).slowly(Duration.ofMillis(60));
    assertThat(fault).hasToString("status 503 after PT0.06S over PT0.06S");
    destination.next(fault);
    assertThat(timeOf(503)).isGreaterThan(Duration.ofMillis(118));
  }

  @Test
  void takesOneFaultForEachRequestAndThenWhatIsAlwaysSo() throws Exception {
    destination.always(Fault.status(500));
    destination.next(Fault.status(501), Fault.none());
    destination.next(Fault.status(502));
    assertThat(client.post(BODY).statusCode()).isEqualTo(501);
    assertThat(client.post(BODY).statusCode()).isEqualTo(200);
    assertThat(client.post(BODY).statusCode()).isEqualTo(502);
    assertThat(client.post(BODY).statusCode()).isEqualTo(500);
    assertThat(client.post(BODY).statusCode()).isEqualTo(500);
    destination.healthy();
    assertThat(client.post(BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void refusesOneEventForGood() throws Exception {
    destination.refuseEvent(EVENT);
    for (int i = 0; i < 2; i++) {
      HttpResponse<String> answer = client.post(BODY);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("Invalid Field Value").doesNotContain(EVENT.toString());
    }
    String other = TestClient.element("john@example.com", UUID.randomUUID());
    assertThat(client.post("{\"elements\":[" + other + "]}").statusCode()).isEqualTo(200);
    destination.healthy();
    assertThat(client.post(BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void refusesOneCustomerForGood() throws Exception {
    destination.refuseCustomer("john@example.com");
    assertThat(client.post(BODY).statusCode()).isEqualTo(400);
    assertThat(client.post(BODY).body()).doesNotContain("john");
    assertThat(client.post(BODY.replace("john@", "jane@")).statusCode()).isEqualTo(200);
  }

  @Test
  void misbehavesForWhateverHasOneEvent() throws Exception {
    destination.poison(EVENT, Fault.status(500));
    assertThat(client.post(BODY).statusCode()).isEqualTo(500);
    assertThat(client.post(BODY).statusCode()).isEqualTo(500);
    destination.next(Fault.status(503));
    assertThat(client.post(BODY).statusCode()).isEqualTo(503);
    String other = TestClient.element("jane@example.com", UUID.randomUUID());
    assertThat(client.post("{\"elements\":[" + other + "]}").statusCode()).isEqualTo(200);
    assertThat(
            client.post("{\"elements\":[" + other + "," + TestClient.ELEMENT + "]}").statusCode())
        .isEqualTo(500);
    assertThat(destination.acceptedCount()).isEqualTo(1);
    destination.healthy();
    assertThat(client.post(BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void dropsTheConnectionForWhateverHasSuchAnAction() throws Exception {
    destination.poison(a -> a.customerId().startsWith("john"), Fault.dropUnaccepted());
    assertThatThrownBy(() -> client.post(BODY)).isInstanceOf(IOException.class);
    destination.healthy();
    destination.poison(a -> a.customerId().startsWith("john"), Fault.dropBeforeAccepting());
    assertThatThrownBy(() -> client.post(BODY)).isInstanceOf(IOException.class);
    assertThat(client.post(BODY.replace("john@", "jane@")).statusCode()).isEqualTo(200);
    assertThat(destination.acceptedCount()).isEqualTo(1);
  }

  @Test
  void acceptsAndSuffersForWhateverHasOneEvent() throws Exception {
    destination.poison(EVENT, Fault.delay(Duration.ofMillis(60)));
    assertThat(timeOf(200)).isGreaterThan(Duration.ofMillis(59));
    assertThat(destination.acceptedCount()).isEqualTo(1);
  }

  @Test
  void refusesFaultsThatCannotBe() {
    assertThatThrownBy(() -> Fault.status(100)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fault.status(600)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fault.status(204, "x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fault.html(500, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fault.delay(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fault.dropAfterAccepting().header("a", "b"))
        .isInstanceOf(IllegalStateException.class);
  }

  private Duration timeOf(int status) throws Exception {
    long start = System.nanoTime();
    assertThat(client.post(BODY).statusCode()).isEqualTo(status);
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
