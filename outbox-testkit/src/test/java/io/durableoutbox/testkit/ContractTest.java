package io.durableoutbox.testkit;

import static io.durableoutbox.testkit.TestClient.ACTION;
import static io.durableoutbox.testkit.TestClient.BODY;
import static io.durableoutbox.testkit.TestClient.ELEMENT;
import static io.durableoutbox.testkit.TestClient.EVENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SimulatedDestinationExtension.class)
class ContractTest {
  private final SimulatedDestination destination;
  private final TestClient client;

  ContractTest(SimulatedDestination destination) {
    this.destination = destination;
    this.client = new TestClient(destination);
  }

  @Test
  void acceptsTheDocumentedSample() throws Exception {
    String sample;
    try (InputStream in = ContractTest.class.getResourceAsStream("sample-request.json")) {
      sample = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
    HttpResponse<String> answer = client.post(sample);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body())
        .matches(
            "\\{\"status\":\"success\",\"message\":\"Your request has been accepted and will be"
                + " processed soon\\.\",\"req_id\":\"[A-Za-z0-9]{8}\"}");
    assertThat(destination.accepted(EVENT).orElseThrow().attributes())
        .isEqualTo(sample.substring(sample.indexOf("{\n            \"cid\""), lastBrace(sample)));
  }

  private static int lastBrace(String sample) {
    return sample.indexOf('}') + 1;
  }

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      emptyValue = "",
      value = {
        "elements | \"elements\":[ | \"elements\":{},\"x\":[",
        "elements | {\"customer_id\" | 1,{\"customer_id\"",
        "other | {\"elements\" | {\"other\":1,\"elements\"",
        "customer_id | \"john@example.com\" | \"\"",
        "customer_id | \"john@example.com\" | 7",
        "customer_id | \"john@example.com\" | null",
        "customer_id | \"customer_id\":\"john@example.com\", | ~~",
        "user_timezone_offset | 19800 | 54001",
        "user_timezone_offset | 19800 | -54001",
        "user_timezone_offset | 19800 | -9223372036854775808",
        "user_timezone_offset | 19800 | 99999999999999999999",
        "user_timezone_offset | 19800 | \"19800\"",
        "user_timezone_offset | 19800 | 1.5",
        "user_timezone_offset | 19800 | null",
        "user_attributes | {\"city\": \"Köln\"} | []",
        "user_attributes | {\"city\": \"Köln\"} | null",
        "actions | \"actions\":[ | \"actions\":{},\"x\":[",
        "extra | \"actions\":[ | \"extra\":1,\"actions\":[",
        "actions | \"actions\":[ | \"actions\":[null,",
        "action | MESSAGE_SHOWN | MESSAGE_SEEN",
        "action | MOE_PERSONALIZATION | moe_personalization",
        "action | \"action\":\"MOE_PERSONALIZATION_MESSAGE_SHOWN\", | ~~",
        "moe_event_uuid | aa886712-4537-47c1 | aa886712-4537-17c1",
        "moe_event_uuid | -b126- | -7126-",
        "moe_event_uuid | aa886712- | zz886712-",
        "moe_event_uuid | \"aa886712-4537-47c1-b126-2686efda2e26\" | 1",
        "moe_event_uuid | \"moe_event_uuid\":\"aa886712-4537-47c1-b126-2686efda2e26\", | ~~",
        "event_time | 1725258666 | 1725258666000",
        "event_time | 1725258666 | 99999999999999999999",
        "event_time | 1725258666 | \"1725258666\"",
        "event_time | 1725258666 | 1725258666.0",
        "event_time | 1725258666 | 0",
        "event_time | \"event_time\":1725258666, | ~~",
        "platform | \"web\" | \"WEB\"",
        "platform | \"web\" | \"windows\"",
        "platform | \"platform\":\"web\", | ~~",
        "extra | \"platform\" | \"extra\":1,\"platform\"",
        "attributes | \"attributes\":{ | \"attributes\":[],\"x\":{",
        "cid | \"66d55ae4\" | 1",
        "cid | \"cid\":\"66d55ae4\", | ~~",
        "experience | \"é\\u00e9\" | {}",
        "moe_locale_id | \"moe_locale_id\":\"0\", | ~~",
        "moe_variation_id | \"moe_variation_id\":\"2\", | ~~",
        "audience_name | \"audience_name\":\"All Users\", | ~~",
        "audience_id | \"audience_id\":\"5A\", | ~~",
        "audience_id | \"5A\" | null",
        "unknown | \"platform\" | \"a\\\"b\":1,\"platform\"",
      })
  void refusesWhatBreaksTheContractAndNamesTheFieldButNoIndex(String field, String good, String bad)
      throws Exception {
    assertThat(BODY).contains(good);
    HttpResponse<String> answer = client.post(BODY.replace(good, bad));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .isEqualTo(
            "{\"title\":\"Invalid Field Value\",\"description\":\"elements - Validators Failed :"
                + " Validator: Element, Errored Field: "
                + field
                + "\",\"code\":\"NwRqMltB\"}");
    assertThat(destination.acceptedCount()).isZero();
  }

  @Test
  void refusesAnElementWithoutActions() throws Exception {
    assertThat(client.post(BODY.replace(ACTION, "")).body()).contains("Errored Field: actions");
    String none = BODY.replace(",\"actions\":[" + ACTION + "]", "");
    assertThat(client.post(none).body()).contains("Errored Field: actions");
  }

  @Test
  void refusesAnElementTwiceForOneCustomer() throws Exception {
    String other = TestClient.element("john@example.com", UUID.randomUUID());
    assertThat(client.post("{\"elements\":[" + ELEMENT + "," + other + "]}").body())
        .contains("customer_id");
    assertThat(destination.acceptedCount()).isZero();
  }

  @Test
  void refusesAUuidTwiceInOneRequest() throws Exception {
    String jane = TestClient.element("jane@example.com", EVENT);
    assertThat(client.post("{\"elements\":[" + ELEMENT + "," + jane + "]}").body())
        .contains("moe_event_uuid");
    assertThat(destination.acceptedCount()).isZero();
  }

  @Test
  void acceptsSeveralActionsOfOneUser() throws Exception {
    String click =
        ACTION
            .replace("SHOWN", "CLICKED")
            .replace(
                EVENT.toString(), UUID.randomUUID().toString().toUpperCase(java.util.Locale.ROOT));
    assertThat(client.post(BODY.replace(ACTION, ACTION + "," + click)).statusCode()).isEqualTo(200);
    assertThat(destination.accepted())
        .extracting(AcceptedAction::action)
        .containsExactly(
            "MOE_PERSONALIZATION_MESSAGE_SHOWN", "MOE_PERSONALIZATION_MESSAGE_CLICKED");
  }

  @Test
  void refusesARequestForOneBadEventAmongMany() throws Exception {
    String body = TestClient.elements(50);
    int last = body.lastIndexOf("\"platform\":\"web\"");
    assertThat(client.post(body.substring(0, last) + body.substring(last).replace("web", "fax")))
        .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(400));
    assertThat(destination.acceptedCount()).isZero();
  }

  @Test
  void refusesATimeMoreThanADayAhead() throws Exception {
    long now = Instant.now().getEpochSecond();
    assertThat(client.post(BODY.replace("1725258666", "" + (now + 87_000))).statusCode())
        .isEqualTo(400);
    assertThat(client.post(BODY.replace("1725258666", "" + (now + 86_000))).statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-54000", "54000", "0"})
  void acceptsTheLimitsOfTheTimezoneOffset(String offset) throws Exception {
    assertThat(client.post(BODY.replace("19800", offset)).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"web", "android", "ios", "tv"})
  void acceptsEachPlatform(String platform) throws Exception {
    assertThat(client.post(BODY.replace("\"web\"", "\"" + platform + "\"")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void acceptsTheFieldsInAnyOrderAndWithoutTheOptionalOnes() throws Exception {
    String element = "{\"actions\":[" + ACTION + "],\"customer_id\":\"john\"}";
    assertThat(client.post("{\"elements\":[" + element + "]}").statusCode()).isEqualTo(200);
    AcceptedAction action = destination.accepted(EVENT).orElseThrow();
    assertThat(action.customerId()).isEqualTo("john");
    assertThat(action.userTimezoneOffset()).isNull();
    assertThat(action.userAttributes()).isNull();
  }

  @Test
  void takesAHundredElementsAndNotOneMore() throws Exception {
    assertThat(client.post(TestClient.elements(100)).statusCode()).isEqualTo(200);
    assertThat(client.post(TestClient.elements(101)).statusCode()).isEqualTo(400);
    assertThat(client.post("{\"elements\":[]}").statusCode()).isEqualTo(400);
    assertThat(client.post("{}").statusCode()).isEqualTo(400);
    assertThat(client.post("[]").statusCode()).isEqualTo(400);
    assertThat(client.post("7").statusCode()).isEqualTo(400);
    assertThat(destination.acceptedCount()).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]x",
        "{} {}",
        "{\"elements\":[",
        "{\"elements\":[]",
        "{\"elements\":[],\"elements\":[]}",
        "{\"elements\":[{\"customer_id\":7,",
        "{\"elements\":[{\"customer_id\":\"a\",\"customer_id\":\"a\"}]}",
        "{'elements':[]}",
        "{\"elements\":[],}"
      })
  void saysOfWhatIsNoJsonThatItIsMalformed(String body) throws Exception {
    HttpResponse<String> answer = client.post(body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo(Answers.MALFORMED_JSON);
  }

  @Test
  void refusesADuplicatedKeyAnywhere() throws Exception {
    String twice = BODY.replace("\"more\":{", "\"more\":{\"a\":1,");
    assertThat(client.post(twice).body()).isEqualTo(Answers.MALFORMED_JSON);
    assertThat(client.post(BODY.replace("{\"city\"", "{\"city\":1,\"city\"")).body())
        .isEqualTo(Answers.MALFORMED_JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ISO-8859-1", "UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32BE"})
  void refusesWhatIsNotUtf8(String charset) throws Exception {
    assertThat(postBytes(BODY.getBytes(Charset.forName(charset))).body())
        .isEqualTo(Answers.MALFORMED_JSON);
  }

  @Test
  void refusesAByteOrderMark() throws Exception {
    assertThat(postBytes(("\uFEFF" + BODY).getBytes(StandardCharsets.UTF_8)).body())
        .isEqualTo(Answers.MALFORMED_JSON);
  }

  @Test
  void refusesAnotherPath() throws Exception {
    for (String path : new String[] {"/", "/v1/experiences/event", "/v1/experiences/events/x"}) {
      URI uri = URI.create(destination.baseUrl() + path);
      assertThat(client.send(good().uri(uri)).statusCode()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT", "DELETE", "HEAD"})
  void refusesAnotherMethod(String method) throws Exception {
    HttpResponse<String> answer =
        client.send(client.request().method(method, BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("POST");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic eDp5", "Basic VEVTVF9XT1JLU1BBQ0U6", "Bearer TEST_KEY", "Basic"})
  void refusesAnotherKey(String authorization) throws Exception {
    HttpResponse<String> answer = client.send(good().setHeader("Authorization", authorization));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).isEqualTo(Answers.UNAUTHORIZED);
  }

  @Test
  void refusesARequestWithoutCredentialsOrWorkspace() throws Exception {
    URI uri = URI.create(destination.baseUrl() + "/v1/experiences/events");
    HttpRequest.Builder bare =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(BODY));
    assertThat(client.send(bare).statusCode()).isEqualTo(401);
    String authorization =
        client.request().build().headers().firstValue("Authorization").orElseThrow();
    assertThat(client.send(bare.setHeader("Authorization", authorization)).body())
        .isEqualTo(Answers.CLIENT_NOT_FOUND);
  }

  @Test
  void refusesAnotherWorkspace() throws Exception {
    HttpResponse<String> answer = client.send(good().setHeader("MOE-APPKEY", "OTHER"));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo(Answers.CLIENT_NOT_FOUND);
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain, 415",
    "application/jsonx, 415",
    "application/json; charset=iso-8859-1, 415",
    "application/json; charset=utf-8, 200",
    "Application/JSON;charset=UTF-8, 200"
  })
  void wantsJsonInUtf8(String contentType, int status) throws Exception {
    assertThat(client.send(good().setHeader("Content-Type", contentType)).statusCode())
        .isEqualTo(status);
  }

  @Test
  void answers413ToALargerBody() throws Exception {
    try (SimulatedDestination small =
        SimulatedDestination.builder().maxBodyBytes(TestClient.BODY.length() + 100).start()) {
      TestClient toSmall = new TestClient(small);
      assertThat(toSmall.post(BODY).statusCode()).isEqualTo(200);
      assertThat(toSmall.post(TestClient.elements(100)).statusCode()).isEqualTo(413);
      assertThat(toSmall.post(" ".repeat(5_000_000)).statusCode()).isEqualTo(413);
      assertThat(small.acceptedCount()).isEqualTo(1);
    }
  }

  private HttpRequest.Builder good() {
    return client.request().POST(BodyPublishers.ofString(BODY));
  }

  private HttpResponse<String> postBytes(byte[] body) throws Exception {
    return client.send(client.request().POST(BodyPublishers.ofByteArray(body)));
  }
}
