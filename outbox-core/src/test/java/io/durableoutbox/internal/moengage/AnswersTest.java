package io.durableoutbox.internal.moengage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.durableoutbox.destination.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The answer table of the destination, row by row. */
class AnswersTest {
  private static final String ACCEPTED =
      """
      {"status":"success","message":"Your request has been accepted and will be processed soon.",\
      "req_id":"SKuSLFnX"}""";
  private static final String INVALID_FIELD =
      "{\"title\":\"Invalid Field Value\",\"description\":\"elements - Validators Failed :"
          + " Validator: Element, Errored Field: actions\",\"code\":\"NwRqMltB\"}";
  private static final String SORRY = "<html><body><h1>Sorry</h1></body></html>";
  private static final String NOT_FOUND =
      "MoEngage Client not found. Please check values for headers - MOE-APPKEY or MOE-DBNAME";

  private static final Class<? extends Outcome> MISCONFIGURED = Outcome.Misconfigured.class;
  private static final Class<? extends Outcome> RATE_LIMITED = Outcome.RateLimited.class;
  private static final Class<? extends Outcome> UNAVAILABLE = Outcome.Unavailable.class;
  private static final Class<? extends Outcome> UNKNOWN = Outcome.Unknown.class;

  private static Outcome answer(int status, String body) {
    return answer(status, null, body);
  }

  private static Outcome answer(int status, @Nullable String contentType, String body) {
    return AnswerTable.of(new HttpAnswer(status, contentType, body, null, null, null), false);
  }

  // 2xx

  @Test
  void a200WithSuccessIsAcceptedWithItsReqId() {
    assertThat(answer(200, ACCEPTED))
        .isEqualTo(
            new Outcome.Accepted(
                200, "SKuSLFnX", "Your request has been accepted and will be processed soon."));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("acceptances")
  void a2xxIsAcceptedWhoseObjectSaysSuccessOrHasAReqId(String body, @Nullable String reqId) {
    for (int status : List.of(200, 201, 202, 207)) {
      assertThat(answer(status, body)).isEqualTo(new Outcome.Accepted(status, reqId, null));
    }
  }

  static Stream<Arguments> acceptances() {
    return Stream.of(
        arguments("{\"status\":\"success\"}", null),
        arguments("{\"status\":\"SUCCESS\"}", null),
        arguments(" \r\n{ \"status\" : \" Success \" }\n ", null),
        arguments("{\"status\":\"success\",\"req_id\":null}", null),
        arguments("{\"status\":\"success\",\"error\":null}", null),
        arguments("{\"status\":\"success\",\"error\":{}}", null),
        arguments("{\"status\":\"success\",\"error\":\"\"}", null),
        arguments("{\"status\":\"success\",\"error\":[]}", null),
        arguments("{\"req_id\":\"a\"}", "a"),
        arguments("{\"req_id\":42}", "42"),
        arguments("{\"status\":\"queued\",\"req_id\":\"a\"}", "a"),
        arguments("{\"status\":true,\"req_id\":\"a\"}", "a"),
        arguments("{\"status\":null,\"req_id\":\"a\"}", "a"),
        arguments("{\"status\":202,\"req_id\":\"a\"}", "a"),
        arguments("{\"req_id\":\"a\",\"more\":{\"a\":[1,{}]}}", "a"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("noAcceptances")
  void any2xxElseIsUnknownAndSaysWhatCame(String body, String came) {
    for (int status : List.of(200, 201, 202, 204, 206)) {
      assertThat(answer(status, body))
          .isEqualTo(new Outcome.Unknown(status, "not the API's acceptance: " + came, null));
    }
  }

  static Stream<Arguments> noAcceptances() {
    return Stream.of(
        arguments("", "the answer is empty"),
        arguments(" \n", "the answer is empty"),
        arguments("OK", "answered by a gateway: OK"),
        arguments("success", "answered by a gateway: success"),
        arguments("\"success\"", "answered by a gateway: \"success\""),
        arguments("[]", "answered by a gateway: []"),
        arguments("null", "answered by a gateway: null"),
        arguments("[" + ACCEPTED + "]", "answered by a gateway: [" + ACCEPTED + "]"),
        arguments(SORRY, "answered by a gateway: " + SORRY),
        arguments("{}", "{}"),
        arguments("{\"status\":\"queued\"}", "{\"status\":\"queued\"}"),
        arguments("{\"status\":true}", "{\"status\":true}"),
        arguments("{\"status\":200}", "{\"status\":200}"),
        arguments("{\"status\":[\"success\"]}", "{\"status\":[\"success\"]}"),
        arguments("{\"data\":" + ACCEPTED + "}", "{\"data\":" + ACCEPTED + "}"),
        arguments("{\"req_id\":null}", "{\"req_id\":null}"),
        arguments("{\"req_id\":\"\"}", "{\"req_id\":\"\"}"),
        arguments("{\"req_id\":\" \"}", "{\"req_id\":\" \"}"),
        arguments("{\"req_id\":true}", "{\"req_id\":true}"),
        arguments("{\"req_id\":{\"a\":1}}", "{\"req_id\":{\"a\":1}}"),
        // What fails and has a req_id has failed.
        arguments(
            "{\"status\":\"fail\",\"req_id\":\"x\"}", "{\"status\":\"fail\",\"req_id\":\"x\"}"),
        arguments("{\"status\":\" FAILED \",\"message\":\"no\",\"req_id\":\"x\"}", "no"),
        arguments("{\"status\":false,\"message\":\"no\",\"req_id\":\"x\"}", "no"),
        arguments("{\"status\":\"error\",\"message\":\"no\",\"req_id\":\"x\"}", "no"),
        arguments("{\"status\":\"rejected\",\"message\":\"no\",\"req_id\":\"x\"}", "no"),
        arguments("{\"status\":500,\"message\":\"no\",\"req_id\":\"x\"}", "no"),
        arguments("{\"success\":false,\"message\":\"no\",\"req_id\":\"x\"}", "no"),
        arguments("{\"status\":\"fail\",\"error\":\"odd\"}", "odd"),
        arguments("{\"error\":\"odd\",\"req_id\":\"x\"}", "odd"),
        arguments("{\"error\":{\"type\":\"T\",\"message\":\"m\"},\"req_id\":\"x\"}", "T: m"),
        arguments("{\"status\":\"success\",\"error\":{\"message\":\"half\"}}", "half"),
        arguments(
            "{\"title\":\"Malformed JSON\",\"description\":\"d\",\"req_id\":\"x\"}",
            "Malformed JSON: d"),
        // Neither is what is no JSON, or says two things.
        arguments("{\"req_id\":\"cut", "{\"req_id\":\"cut"),
        arguments("{\"req_id\":\"a\"} trailing", "{\"req_id\":\"a\"} trailing"),
        arguments(
            "{\"status\":\"fail\",\"status\":\"success\"}",
            "{\"status\":\"fail\",\"status\":\"success\"}"),
        arguments("<!-- " + ACCEPTED + " -->", "answered by a gateway: <!-- " + ACCEPTED + " -->"),
        arguments("[".repeat(50), "answered by a gateway: " + "[".repeat(50)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "OK", SORRY, "{}", "{\"status\":\"fail\"}", "{\"status\":\"success\"}"})
  void any2xxIsAcceptedIfTheBuilderWasToldSo(String body) {
    for (int status : List.of(200, 202, 204)) {
      assertThat(AnswerTable.of(new HttpAnswer(status, null, body, null, null, null), true))
          .isInstanceOf(Outcome.Accepted.class)
          .extracting(Outcome::status)
          .isEqualTo(status);
    }
    assertThat(AnswerTable.of(new HttpAnswer(200, null, ACCEPTED, null, null, null), true))
        .isEqualTo(answer(200, ACCEPTED));
    assertThat(AnswerTable.of(new HttpAnswer(500, null, ACCEPTED, null, null, null), true))
        .isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void anAnswerThatBrokeOffCountsIfWhatCameIsWhole() {
    assertThat(
            AnswerTable.of(new HttpAnswer(200, null, ACCEPTED, "it broke off", null, null), false))
        .isEqualTo(answer(200, ACCEPTED));
    String half = ACCEPTED.substring(0, ACCEPTED.length() - 1);
    assertThat(AnswerTable.of(new HttpAnswer(200, null, half, "it broke off", null, null), false))
        .isEqualTo(
            new Outcome.Unknown(200, "not the API's acceptance: [it broke off] " + half, null));
    assertThat(AnswerTable.of(HttpAnswer.broken(200), false))
        .isEqualTo(
            new Outcome.Unknown(200, "not the API's acceptance: the answer broke off", null));
  }

  @Test
  void theWaitThatAGatewayAsksForIsKept() {
    Duration wait = Duration.ofSeconds(7);
    for (int status : List.of(200, 400, 408, 413, 422, 429, 499, 500, 503)) {
      assertThat(AnswerTable.of(new HttpAnswer(status, null, SORRY, null, null, wait), false))
          .extracting(Outcome::asksToWait)
          .as("" + status)
          .isEqualTo(wait);
    }
  }

  // 400, 413, 422

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void aRefusalIsAnObjectInTheWordsOfTheApiOrASibling(String body, String words) {
    for (int status : List.of(400, 413, 422)) {
      assertThat(answer(status, "text/html", body)).isEqualTo(new Outcome.Refused(status, words));
    }
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        arguments(
            INVALID_FIELD,
            "Invalid Field Value: elements - Validators Failed : Validator: Element, Errored Field:"
                + " actions (code NwRqMltB)"),
        arguments(
            "{\"title\":\"Malformed JSON\",\"description\":\"Could not decode the request body. The"
                + " JSON was incorrect or not encoded as UTF-8.\"}",
            "Malformed JSON: Could not decode the request body. The JSON was incorrect or not"
                + " encoded as UTF-8."),
        arguments(
            "{\"status\":\"fail\",\"error\":{\"type\":\"Bad\",\"message\":\"no\",\"request_id\":\"r1\"}}",
            "Bad: no (request r1)"),
        arguments("{\"status\":\"fail\",\"error\":{\"type\":\"Bad\"}}", "Bad: "),
        arguments("{\"status\":false,\"error\":\"no\"}", "no"),
        arguments("{\"error\":\"no\"}", "no"),
        arguments("{\"status\":\"fail\",\"message\":\"no\"}", "no"),
        arguments("{\"status\":\"Failure\"}", "{\"status\":\"Failure\"}"),
        arguments("{\"status\":false}", "{\"status\":false}"),
        arguments("{\"title\":\"T\"}", "T: "),
        arguments("{\"description\":\"D\",\"code\":7}", "D (code 7)"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("noRefusals")
  void whatAGatewaySaysRefusesNothing(String body, String came) {
    for (int status : List.of(400, 413, 422)) {
      assertThat(answer(status, "text/html", body))
          .isEqualTo(new Outcome.Unknown(status, "not the API's refusal: " + came, null));
    }
  }

  static Stream<Arguments> noRefusals() {
    String cut = INVALID_FIELD.substring(0, INVALID_FIELD.length() - 1);
    return Stream.of(
        arguments("", "the answer is empty"),
        arguments(SORRY, "answered by a gateway (text/html): " + SORRY),
        arguments("Bad Request", "answered by a gateway (text/html): Bad Request"),
        arguments(NOT_FOUND, "answered by a gateway (text/html): " + NOT_FOUND),
        arguments(
            "[" + INVALID_FIELD + "]",
            "answered by a gateway (text/html): [" + INVALID_FIELD + "]"),
        arguments(cut, cut),
        arguments(INVALID_FIELD + SORRY, INVALID_FIELD + SORRY),
        arguments("{}", "{}"),
        arguments("{\"message\":\"Request Too Long\"}", "Request Too Long"),
        arguments("{\"title\":null,\"error\":true}", "{\"title\":null,\"error\":true}"),
        arguments("{\"title\":\"\",\"error\":[]}", "{\"title\":\"\",\"error\":[]}"),
        arguments("{\"status\":\"success\"}", "{\"status\":\"success\"}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("blamesTheAccount")
  void a400ThatBlamesTheAccountOrTheHeadersIsAboutTheConfiguration(String body, String words) {
    for (int status : List.of(400, 422)) {
      assertThat(answer(status, body)).isEqualTo(new Outcome.Misconfigured(status, words));
    }
  }

  static Stream<Arguments> blamesTheAccount() {
    return Stream.of(
        arguments(
            "{\"title\":\"Request Error\",\"description\":\"" + NOT_FOUND + "\"}",
            "Request Error: " + NOT_FOUND),
        arguments(
            "{\"description\":\"" + NOT_FOUND.toUpperCase(Locale.ROOT) + "\"}",
            NOT_FOUND.toUpperCase(Locale.ROOT)),
        arguments("{\"status\":false,\"error\":\"client not found\"}", "client not found"),
        arguments(
            "{\"status\":\"fail\",\"error\":{\"message\":\"Client not found\"}}",
            "Client not found"),
        arguments(
            "{\"status\":\"fail\",\"error\":{\"type\":\"Blacklisted\",\"message\":\"Your account is"
                + " blacklisted\",\"request_id\":\"r\"}}",
            "Blacklisted: Your account is blacklisted (request r)"),
        arguments(
            "{\"status\":\"fail\",\"error\":{\"message\":\"Your account is blacklisted.\"}}",
            "Your account is blacklisted."),
        arguments(
            "{\"status\":false,\"error\":\"Blacklisted: Your account is blacklisted\"}",
            "Blacklisted: Your account is blacklisted"),
        arguments(
            "{\"title\":\"Blacklisted\",\"description\":\"Your account is blacklisted\"}",
            "Blacklisted: Your account is blacklisted"),
        arguments(
            "{\"status\":\"fail\",\"error\":{\"type\":\"InvalidParams\",\"message\":\"Given app_id"
                + " is invalid\"}}",
            "InvalidParams: Given app_id is invalid"),
        arguments(
            "{\"status\":false,\"error\":\"InvalidParams: Given app_id is invalid\"}",
            "InvalidParams: Given app_id is invalid"),
        arguments(
            "{\"status\":\"fail\",\"error\":{\"type\":\"ParamsRequired\",\"message\":\"app_id is"
                + " required\"}}",
            "ParamsRequired: app_id is required"),
        arguments(
            "{\"status\":\"fail\",\"error\":{\"message\":\"The Content-Type Header is"
                + " required\",\"type\":\"Bad Request\"}}",
            "Bad Request: The Content-Type Header is required"),
        arguments(
            "{\"title\":\"Request Error\",\"description\":\"The Content-Type Header is required\"}",
            "Request Error: The Content-Type Header is required"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        // A server may quote what it was sent.
        "{\"title\":\"Invalid Field Value\",\"description\":\"client not found\"}",
        "{\"title\":\"Invalid Field Value\",\"description\":\"MoEngage Client not found.\"}",
        "{\"title\":\"Invalid Field Value\",\"description\":\"Blacklisted: Your account is"
            + " blacklisted\"}",
        "{\"title\":\"Request Error\",\"description\":\"attribute cid: client not found\"}",
        "{\"title\":\"Request Error\",\"description\":\"client not found in attribute cid\"}",
        "{\"title\":\"Request Error\",\"description\":\"'client not found.' is no value\"}",
        "{\"status\":false,\"error\":\"attribute x: client not found\"}",
        "{\"status\":false,\"error\":\"Blacklisted is no value of attribute x\"}",
        "{\"status\":\"fail\",\"error\":{\"type\":\"InvalidParams\",\"message\":\"Given event_time"
            + " is invalid\"}}",
        "{\"status\":\"fail\",\"error\":{\"type\":\"InvalidParams\",\"message\":\"value: Given"
            + " app_id is invalid\"}}",
        "{\"status\":\"fail\",\"error\":{\"type\":\"InvalidValue\",\"message\":\"Your account is"
            + " blacklisted\"}}"
      })
  void anEventsOwnWordsBlameNoAccount(String body) {
    assertThat(answer(400, body)).isInstanceOf(Outcome.Refused.class);
  }

  // The other statuses

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("failures")
  void anyOtherStatusDecidesAndTheWordsAreKept(
      int status, String body, Class<? extends Outcome> outcome, @Nullable String message) {
    Outcome answer = answer(status, body);
    assertThat(answer).isExactlyInstanceOf(outcome);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.message()).isEqualTo(message);
  }

  static Stream<Arguments> failures() {
    String sorry = "answered by a gateway: " + SORRY;
    return Stream.of(
        arguments(
            401,
            "{\"title\":\"Authentication required\",\"description\":\"Invalid API_KEY used in"
                + " Authentication Header\"}",
            MISCONFIGURED,
            "Authentication required: Invalid API_KEY used in Authentication Header"),
        arguments(401, SORRY, MISCONFIGURED, sorry),
        arguments(402, "", MISCONFIGURED, null),
        arguments(403, "", MISCONFIGURED, null),
        arguments(404, SORRY, MISCONFIGURED, sorry),
        arguments(405, "", MISCONFIGURED, null),
        arguments(407, "", MISCONFIGURED, null),
        arguments(410, "", MISCONFIGURED, null),
        arguments(415, "", MISCONFIGURED, null),
        arguments(418, "", MISCONFIGURED, null),
        arguments(431, "", MISCONFIGURED, null),
        arguments(451, "", MISCONFIGURED, null),
        arguments(300, "", MISCONFIGURED, null),
        arguments(301, "", MISCONFIGURED, null),
        arguments(302, SORRY, MISCONFIGURED, sorry),
        arguments(304, "", MISCONFIGURED, null),
        arguments(307, "", MISCONFIGURED, null),
        arguments(308, "", MISCONFIGURED, null),
        arguments(408, "", UNKNOWN, null),
        arguments(499, SORRY, UNKNOWN, sorry),
        arguments(421, "", UNAVAILABLE, null),
        arguments(425, "", UNAVAILABLE, null),
        arguments(
            429,
            "{\"title\":\"Request limit reached\",\"description\":\"This API call has exceeded the"
                + " rate limit\",\"code\":\"KMxkunyz\"}",
            RATE_LIMITED,
            "Request limit reached: This API call has exceeded the rate limit (code KMxkunyz)"),
        arguments(429, "", RATE_LIMITED, null),
        arguments(429, SORRY, RATE_LIMITED, sorry),
        arguments(500, "{\"title\":\"Oops\",\"description\":\"x\"}", UNKNOWN, "Oops: x"),
        arguments(500, INVALID_FIELD.substring(0, 20), UNKNOWN, INVALID_FIELD.substring(0, 20)),
        arguments(501, ACCEPTED, UNKNOWN, message(ACCEPTED)),
        arguments(502, "Bad Gateway", UNKNOWN, "answered by a gateway: Bad Gateway"),
        arguments(503, SORRY, UNKNOWN, sorry),
        arguments(
            504, "upstream timed out\n", UNKNOWN, "answered by a gateway: upstream timed out"),
        arguments(599, "\u0001\u0002\ufffd", UNKNOWN, "answered by a gateway:   \ufffd"),
        // What no server should say.
        arguments(0, "", UNKNOWN, null),
        arguments(101, "", UNKNOWN, null),
        arguments(199, ACCEPTED, UNKNOWN, message(ACCEPTED)),
        arguments(600, ACCEPTED, UNKNOWN, message(ACCEPTED)),
        arguments(999, "", UNKNOWN, null));
  }

  private static @Nullable String message(String body) {
    return answer(200, body).message();
  }

  @Test
  void aRedirectSaysWhereItLeads() {
    assertThat(
            AnswerTable.of(
                new HttpAnswer(302, "text/html", SORRY, null, "https://portal.example/in", null),
                false))
        .isEqualTo(
            new Outcome.Misconfigured(302, "answered by a redirect to https://portal.example/in"));
  }

  // The words

  @ParameterizedTest
  @ValueSource(ints = {200, 400, 401, 408, 413, 421, 429, 500})
  void whatWasReadOfAnAnswerThatIsTooLongDecidesNothing(int status) {
    String cut = "{\"status\":\"success\",\"title\":\"T\",\"description\":\"" + "d".repeat(100_000);
    Outcome answer = answer(status, cut);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.message()).contains("\"title\":\"T\"").hasSizeLessThanOrEqualTo(1000);
    assertThat(answer).isNotInstanceOfAny(Outcome.Accepted.class, Outcome.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 400, 429, 503})
  void noMessageIsLongerThanTheLimit(int status) {
    String many = "m".repeat(5_000);
    for (String body :
        List.of(
            many,
            "{\"title\":\"" + many + "\",\"description\":\"" + many + "\",\"code\":\"c\"}",
            "{\"error\":\"" + many + "\"}",
            "{\"error\":{\"type\":\"t\",\"message\":\"" + many + "\"}}",
            "{\"message\":\"" + many + "\"}")) {
      assertThat(answer(status, body).message())
          .isNotEmpty()
          .hasSizeLessThanOrEqualTo(Outcome.MAX_MESSAGE);
    }
  }

  @Test
  void aReqIdLongerThanItsColumnIsCut() {
    String body = "{\"req_id\":\"" + "r".repeat(300) + "\"}";
    assertThat(answer(200, body)).isEqualTo(new Outcome.Accepted(200, "r".repeat(255), null));
  }

  @Test
  void whatNoTextColumnHoldsAndWhatForgesALineIsReplaced() {
    assertThat(answer(500, "{\"message\":\"a\\ud83db\\ude00\"}").message())
        .isEqualTo("a\ufffdb\ufffd");
    assertThat(answer(500, "a\u001b[2Jb\r\u0085c\n\td").message())
        .isEqualTo("answered by a gateway: a [2Jb  c\n\td");
    assertThat(answer(500, "\u201cDon\u2019t\u2026\u201d").message())
        .isEqualTo("answered by a gateway: \u201cDon\u2019t\u2026\u201d");
  }

  @Test
  void aNulInTheBodyDoesNotReachTheDatabase() {
    assertThat(answer(500, "a\0b").message()).isEqualTo("answered by a gateway: a b");
    assertThat(answer(500, "{\"message\":\"a\\u0000b\"}").message()).isEqualTo("a b");
    assertThat(answer(200, "{\"req_id\":\"a\\u0000b\"}"))
        .isEqualTo(new Outcome.Accepted(200, "a b", null));
  }

  @Test
  void aCutNeverLeavesHalfAPair() {
    // One character before them, so that the limit falls within a pair.
    String emoji = "x" + "\ud83d\ude00".repeat(1_000);
    assertThat(answer(500, "{\"message\":\"" + emoji + "\"}").message())
        .isEqualTo(emoji.substring(0, Outcome.MAX_MESSAGE - 1));
  }
}
