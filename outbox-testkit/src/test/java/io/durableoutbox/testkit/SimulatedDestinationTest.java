package io.durableoutbox.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SimulatedDestinationExtension.class)
class SimulatedDestinationTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final UUID EVENT = UUID.fromString("aa886712-4537-47c1-b126-2686efda2e26");
  private static final String ATTRIBUTES =
      "{\"cid\":\"66d55ae4\", \"experience\":\"é\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\","
          + "\"audience_name\":\"All Users\",\"audience_id\":\"5A\",\"type\":\"Web\"}";
  private static final String ACTION =
      "{\"action\":\"MOE_PERSONALIZATION_MESSAGE_SHOWN\",\"moe_event_uuid\":\""
          + EVENT
          + "\",\"event_time\":1725258666,\"platform\":\"web\",\"attributes\":"
          + ATTRIBUTES
          + "}";
  private static final String ELEMENT =
      "{\"customer_id\":\"john@example.com\",\"user_timezone_offset\":19800,\"actions\":["
          + ACTION
          + "]}";
  private static final String BODY = "{\"elements\":[" + ELEMENT + "]}";

  private final SimulatedDestination destination;

  SimulatedDestinationTest(SimulatedDestination destination) {
    this.destination = destination;
  }

  @Test
  void acceptsTheDocumentedRequestAndKeepsItsTextAsItCame() throws Exception {
    HttpResponse<String> answer = post(BODY);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"status\":\"success\"").contains("req_id");
    AcceptedAction action = destination.accepted(EVENT).orElseThrow();
    assertThat(action.attributes()).isEqualTo(ATTRIBUTES);
    assertThat(action.customerId()).isEqualTo("john@example.com");
    assertThat(action.userTimezoneOffset()).isEqualTo(19800);
    assertThat(action.eventTime()).isEqualTo(Instant.ofEpochSecond(1725258666));
    assertThat(destination.requests())
        .singleElement()
        .satisfies(r -> assertThat(r.reqId()).isEqualTo(action.reqIds().get(0)))
        .satisfies(r -> assertThat(r.actions()).isEqualTo(1));
  }

  @Test
  void countsARepeatedUuidOnceAndNoticesWhenItsContentChanged() throws Exception {
    post(BODY);
    post(BODY);
    assertThat(destination.acceptedCount()).isEqualTo(1);
    assertThat(destination.duplicates()).isEqualTo(1);
    assertThat(destination.accepted(EVENT).orElseThrow().reqIds())
        .hasSize(2)
        .doesNotHaveDuplicates();
    assertThat(destination.conflicts()).isEmpty();
    post(BODY.replace("john@", "jane@"));
    assertThat(destination.conflicts()).containsExactly(EVENT);
  }

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "customer_id | \"john@example.com\" | \"\"",
        "customer_id | \"john@example.com\" | 7",
        "customer_id | \"customer_id\":\"john@example.com\", | ~~",
        "user_timezone_offset | 19800 | 54001",
        "user_timezone_offset | 19800 | -54001",
        "user_timezone_offset | 19800 | \"19800\"",
        "user_timezone_offset | 19800 | 1.5",
        "actions | \"actions\":[ | \"actions\":[],\"x\":[",
        "action | MESSAGE_SHOWN | MESSAGE_SEEN",
        "action | MOE_PERSONALIZATION | moe_personalization",
        "moe_event_uuid | aa886712-4537-47c1 | aa886712-4537-37c1",
        "moe_event_uuid | aa886712- | zz886712-",
        "event_time | 1725258666 | 1725258666000",
        "event_time | 1725258666 | \"1725258666\"",
        "event_time | \"event_time\":1725258666, | ~~",
        "platform | \"web\" | \"WEB\"",
        "platform | \"platform\":\"web\", | ~~",
        "cid | \"66d55ae4\" | 1",
        "attributes | \"cid\":\"66d55ae4\", | ~~",
        "audience_id | \"5A\" | null",
        "extra | \"platform\" | \"extra\":1,\"platform\"",
        "user_attributes | \"actions\":[ | \"user_attributes\":[],\"actions\":[",
      })
  void refusesWhatBreaksTheContractAndNamesTheFieldButNoIndex(String field, String good, String bad)
      throws Exception {
    HttpResponse<String> answer =
        post(BODY.replaceFirst(java.util.regex.Pattern.quote(good), bad == null ? "" : bad));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("Invalid Field Value");
    assertThat(destination.acceptedCount()).isZero();
    assertThat(field).isNotEmpty();
  }

  @Test
  void refusesTwoElementsOfOneUserAndOneUuidTwice() throws Exception {
    String other = ELEMENT.replace(EVENT.toString(), UUID.randomUUID().toString());
    assertThat(post("{\"elements\":[" + ELEMENT + "," + other + "]}").body())
        .contains("customer_id");
    String jane = ELEMENT.replace("john@", "jane@");
    assertThat(post("{\"elements\":[" + ELEMENT + "," + jane + "]}").body())
        .contains("moe_event_uuid");
    assertThat(destination.acceptedCount()).isZero();
  }

  @Test
  void takesAHundredElementsAndNotOneMore() throws Exception {
    assertThat(post(elements(100)).statusCode()).isEqualTo(200);
    assertThat(post(elements(101)).statusCode()).isEqualTo(400);
    assertThat(post("{\"elements\":[]}").statusCode()).isEqualTo(400);
    assertThat(destination.acceptedCount()).isEqualTo(100);
  }

  static String elements(int n) {
    StringBuilder body = new StringBuilder("{\"elements\":[");
    for (int i = 0; i < n; i++) {
      body.append(i == 0 ? "" : ",")
          .append(
              ELEMENT
                  .replace("john@example.com", "user-" + i)
                  .replace(EVENT.toString(), UUID.randomUUID().toString()));
    }
    return body.append("]}").toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {"~~", "[]x", "{\"elements\":[", "{\"elements\":[],\"elements\":[]}", "{} {}"})
  void refusesWhatIsNotJson(String body) throws Exception {
    assertThat(post(body == null ? "" : body).statusCode()).isEqualTo(400);
  }

  @Test
  void refusesWhatIsNotUtf8() throws Exception {
    byte[] latin1 = BODY.getBytes(StandardCharsets.ISO_8859_1);
    HttpResponse<String> answer = send(request().POST(BodyPublishers.ofByteArray(latin1)).build());
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("Malformed JSON");
  }

  @Test
  void checksPathMethodAndHeaders() throws Exception {
    assertThat(send(request().GET().build()).statusCode()).isEqualTo(405);
    HttpRequest.Builder elsewhere =
        request().uri(URI.create(destination.baseUrl() + "/v1/experiences/event"));
    assertThat(send(elsewhere.POST(BodyPublishers.ofString(BODY)).build()).statusCode())
        .isEqualTo(404);
    HttpRequest.Builder noType =
        request().setHeader("Content-Type", "text/plain").POST(BodyPublishers.ofString(BODY));
    assertThat(send(noType.build()).statusCode()).isEqualTo(415);
    HttpRequest.Builder wrongKey = request().setHeader("Authorization", "Basic eDp5");
    HttpResponse<String> unauthorized = send(wrongKey.POST(BodyPublishers.ofString(BODY)).build());
    assertThat(unauthorized.statusCode()).isEqualTo(401);
    assertThat(unauthorized.body()).contains("Authentication required");
    HttpRequest.Builder wrongApp = request().setHeader("MOE-APPKEY", "OTHER");
    assertThat(send(wrongApp.POST(BodyPublishers.ofString(BODY)).build()).body())
        .contains("MoEngage Client not found");
    assertThat(destination.acceptedCount()).isZero();
  }

  @Test
  void answers413ToALargerBody() throws Exception {
    try (SimulatedDestination small = SimulatedDestination.builder().maxBodyBytes(100).start()) {
      HttpRequest.Builder request =
          request().uri(URI.create(small.baseUrl() + "/v1/experiences/events"));
      assertThat(send(request.POST(BodyPublishers.ofString(BODY)).build()).statusCode())
          .isEqualTo(413);
    }
  }

  @Test
  void misbehavesOncePerFaultAndThenWorks() throws Exception {
    destination.next(
        Fault.status(503),
        Fault.unauthorized(),
        Fault.clientNotFound(),
        Fault.invalidField(),
        Fault.redirect("http://127.0.0.1:1/"),
        Fault.rateLimited(Duration.ofSeconds(7)),
        Fault.rateLimited("x-ratelimit-reset", "30"),
        Fault.html(502, 5_000_000));
    assertThat(post(BODY).statusCode()).isEqualTo(503);
    assertThat(post(BODY).statusCode()).isEqualTo(401);
    assertThat(post(BODY).statusCode()).isEqualTo(400);
    assertThat(post(BODY).statusCode()).isEqualTo(400);
    assertThat(post(BODY).statusCode()).isEqualTo(302);
    assertThat(post(BODY).headers().firstValue("Retry-After")).contains("7");
    assertThat(post(BODY).headers().firstValue("x-ratelimit-reset")).contains("30");
    assertThat(post(BODY).body()).hasSize(5_000_000);
    assertThat(destination.acceptedCount()).isZero();
    assertThat(post(BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void dropsTheConnectionBeforeOrAfterAccepting() throws Exception {
    // The JDK's client repeats a POST whose connection broke, so each fault is there for all its
    // tries.
    destination.always(Fault.dropBeforeAccepting());
    assertThatThrownBy(() -> post(BODY)).isInstanceOf(IOException.class);
    assertThat(destination.acceptedCount()).isZero();
    destination.always(Fault.dropAfterAccepting());
    assertThatThrownBy(() -> post(BODY)).isInstanceOf(IOException.class);
    assertThat(destination.acceptedCount()).isEqualTo(1);
    destination.always(Fault.truncatedAnswer());
    assertThatThrownBy(() -> post(BODY)).isInstanceOf(IOException.class);
    destination.healthy();
    assertThat(post(BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void answersLateOrSlowly() throws Exception {
    destination.next(Fault.delay(Duration.ofMillis(150)), Fault.slowAnswer(Duration.ofMillis(150)));
    destination.latency(Duration.ofMillis(20));
    for (int i = 0; i < 2; i++) {
      long start = System.nanoTime();
      assertThat(post(BODY).statusCode()).isEqualTo(200);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(140));
    }
  }

  @Test
  void refusesOneEventOrOneCustomerForGood() throws Exception {
    destination.refuseEvent(EVENT);
    assertThat(post(BODY).statusCode()).isEqualTo(400);
    destination.healthy();
    destination.refuseCustomer("john@example.com");
    assertThat(post(BODY).statusCode()).isEqualTo(400);
    assertThat(post(BODY.replace("john@", "jane@")).statusCode()).isEqualTo(200);
  }

  @Test
  void refusesConnectionsWhileItIsStopped() throws Exception {
    destination.stop();
    assertThatThrownBy(() -> post(BODY)).isInstanceOf(ConnectException.class);
    destination.resume();
    assertThat(post(BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void takesAnotherKeyAfterARotation() throws Exception {
    HttpRequest oldKey = request().POST(BodyPublishers.ofString(BODY)).build();
    destination.apiKey("NEW");
    try {
      assertThat(send(oldKey).statusCode()).isEqualTo(401);
      assertThat(post(BODY).statusCode()).isEqualTo(200);
    } finally {
      destination.apiKey(SimulatedDestination.DEFAULT_API_KEY);
    }
  }

  @Test
  void waitsForWhatIsToCome() throws Exception {
    var answer =
        HTTP.sendAsync(
            request().POST(BodyPublishers.ofString(BODY)).build(), BodyHandlers.discarding());
    destination.awaitAccepted(1, Duration.ofSeconds(10));
    destination.awaitRequests(1, Duration.ofSeconds(10));
    assertThat(answer.get().statusCode()).isEqualTo(200);
    assertThatThrownBy(() -> destination.awaitAccepted(2, Duration.ofMillis(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("accepted 1 actions in 1 requests");
  }

  private HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return send(request().POST(BodyPublishers.ofString(body)).build());
  }

  private static HttpResponse<String> send(HttpRequest request)
      throws IOException, InterruptedException {
    return HTTP.send(request, BodyHandlers.ofString());
  }

  private HttpRequest.Builder request() {
    String credentials = destination.workspaceId() + ":" + destination.apiKey();
    return HttpRequest.newBuilder(URI.create(destination.baseUrl() + "/v1/experiences/events"))
        .timeout(Duration.ofSeconds(20))
        .header(
            "Authorization",
            "Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
        .header("MOE-APPKEY", destination.workspaceId())
        .header("Content-Type", "application/json");
  }
}
