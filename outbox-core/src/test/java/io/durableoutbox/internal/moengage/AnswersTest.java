package io.durableoutbox.internal.moengage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.durableoutbox.spi.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
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
  private static final String SORRY = "<html><body><h1>Sorry</h1></body></html>";

  @Test
  void a200WithSuccessIsAcceptedWithItsReqId() {
    assertThat(answer(200, ACCEPTED))
        .isEqualTo(
            new Outcome.Accepted(
                200, "SKuSLFnX", "Your request has been accepted and will be processed soon."));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("other200s")
  void any2xxIsAcceptedWhateverItsBodySays(
      String body, @Nullable String reqId, @Nullable String message) {
    for (int status : List.of(200, 201, 202, 204)) {
      assertThat(answer(status, body)).isEqualTo(new Outcome.Accepted(status, reqId, message));
    }
  }

  static Stream<Arguments> other200s() {
    return Stream.of(
        arguments("", null, null),
        arguments(" \n", null, null),
        arguments("OK", null, "OK"),
        arguments("{}", null, null),
        arguments("[]", null, "[]"),
        arguments("null", null, "null"),
        arguments("{\"status\":\"queued\"}", null, null),
        arguments("{\"req_id\":42}", "42", null),
        arguments("{\"req_id\":null,\"message\":null}", null, null),
        arguments("{\"req_id\":{\"a\":1},\"message\":[1]}", null, null),
        arguments("{\"req_id\":\"\"}", null, null),
        arguments("{\"status\":\"fail\",\"error\":\"odd\"}", null, "odd"),
        arguments(SORRY, null, SORRY),
        arguments("{\"req_id\":\"cut", null, "{\"req_id\":\"cut"),
        arguments("{\"req_id\":\"a\"} trailing", null, "{\"req_id\":\"a\"} trailing"),
        arguments("[".repeat(50), null, "[".repeat(50)));
  }

  private static Outcome answer(int status, String body) {
    return Answers.of(status, body, null);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("failures")
  void aFailureIsDecidedByItsStatusAndToldInItsWords(
      int status, String body, Class<? extends Outcome> outcome, @Nullable String message) {
    Outcome answer = answer(status, body);
    assertThat(answer).isExactlyInstanceOf(outcome);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.message()).isEqualTo(message);
  }

  static Stream<Arguments> failures() {
    Class<? extends Outcome> refused = Outcome.Refused.class;
    Class<? extends Outcome> misconfigured = Outcome.Misconfigured.class;
    Class<? extends Outcome> rateLimited = Outcome.RateLimited.class;
    Class<? extends Outcome> unknown = Outcome.Unknown.class;
    String clientNotFound =
        "MoEngage Client not found. Please check values for headers - MOE-APPKEY or MOE-DBNAME";
    return Stream.of(
        // The error bodies that the destination's document quotes.
        arguments(
            401,
            "{\"title\":\"Authentication required\",\"description\":\"Invalid API_KEY used in"
                + " Authentication Header\"}",
            misconfigured,
            "Authentication required: Invalid API_KEY used in Authentication Header"),
        arguments(
            400,
            "{\"title\":\"Invalid Field Value\",\"description\":\"elements - Validators Failed :"
                + " Validator: Element, Errored Field: actions\",\"code\":\"NwRqMltB\"}",
            refused,
            "Invalid Field Value: elements - Validators Failed : Validator: Element, Errored Field:"
                + " actions (code NwRqMltB)"),
        arguments(
            400,
            "{\"title\":\"Malformed JSON\",\"description\":\"Could not decode the request body. The"
                + " JSON was incorrect or not encoded as UTF-8.\"}",
            refused,
            "Malformed JSON: Could not decode the request body. The JSON was incorrect or not"
                + " encoded as UTF-8."),
        arguments(
            400,
            "{\"title\":\"Request Error\",\"description\":\"" + clientNotFound + "\"}",
            misconfigured,
            "Request Error: " + clientNotFound),
        arguments(
            429,
            "{\"title\":\"Request limit reached\",\"description\":\"This API call has exceeded the"
                + " rate limit\",\"code\":\"KMxkunyz\"}",
            rateLimited,
            "Request limit reached: This API call has exceeded the rate limit (code KMxkunyz)"),
        // The same in the shapes of siblings and gateways.
        arguments(
            400,
            clientNotFound.toUpperCase(Locale.ROOT),
            misconfigured,
            clientNotFound.toUpperCase(Locale.ROOT)),
        arguments(
            400,
            "{\"status\":false,\"error\":\"client not found\"}",
            misconfigured,
            "client not found"),
        arguments(
            400,
            "{\"status\":\"fail\",\"error\":{\"type\":\"Bad\",\"message\":\"no\",\"request_id\":\"r1\"}}",
            refused,
            "Bad: no (request r1)"),
        arguments(
            400,
            "{\"status\":\"fail\",\"error\":{\"message\":\"Client not found\"}}",
            misconfigured,
            "Client not found"),
        arguments(400, "{\"status\":\"fail\",\"error\":{\"type\":\"Bad\"}}", refused, "Bad: "),
        arguments(400, "{\"status\":false,\"error\":\"no\"}", refused, "no"),
        arguments(400, "{\"message\":\"no\"}", refused, "no"),
        arguments(400, "{\"title\":\"T\"}", refused, "T: "),
        arguments(400, "{\"description\":\"D\",\"code\":7}", refused, "D (code 7)"),
        arguments(400, "{\"title\":null,\"error\":true}", refused, null),
        arguments(400, "{\"error\":[]}", refused, null),
        arguments(400, "", refused, null),
        arguments(400, SORRY, refused, SORRY),
        // Every other row of the table.
        arguments(413, SORRY, refused, SORRY),
        arguments(413, "", refused, null),
        arguments(403, "", misconfigured, null),
        arguments(404, SORRY, misconfigured, SORRY),
        arguments(405, "", misconfigured, null),
        arguments(415, "", misconfigured, null),
        arguments(429, "", rateLimited, null),
        arguments(301, "", misconfigured, null),
        arguments(302, SORRY, misconfigured, SORRY),
        arguments(307, "", misconfigured, null),
        arguments(308, "", misconfigured, null),
        arguments(304, "", misconfigured, null),
        arguments(418, "", misconfigured, null),
        arguments(408, "", unknown, null),
        arguments(500, "{\"title\":\"Oops\",\"description\":\"x\"}", unknown, "Oops: x"),
        arguments(502, "Bad Gateway", unknown, "Bad Gateway"),
        arguments(503, SORRY, unknown, SORRY),
        arguments(504, "upstream timed out\n", unknown, "upstream timed out"),
        arguments(599, "\u0001\u0002\ufffd", unknown, "\u0001\u0002\ufffd"));
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 400, 401, 408, 413, 429, 500})
  void anAnswerThatWasCutAt64KilobytesStillDecidesByItsStatus(int status) {
    String whole = "{\"title\":\"T\",\"description\":\"" + "d".repeat(100_000) + "\"}";
    String cut = whole.substring(0, 64 * 1024);
    Outcome answer = answer(status, cut);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.message()).startsWith("{\"title\":\"T\"").hasSizeLessThanOrEqualTo(1000);
    assertThat(answer).hasSameClassAs(answer(status, "{}"));
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
  void aNulInTheBodyDoesNotReachTheDatabase() {
    assertThat(answer(500, "a\0b").message()).isEqualTo("a b");
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

  @ParameterizedTest(name = "{0}")
  @MethodSource("neverLeft")
  void aCallThatNeverLeftIsUnavailable(IOException failure) {
    assertThat(Answers.of(failure)).isInstanceOf(Outcome.Unavailable.class);
    assertThat(Answers.of(failure).status()).isNull();
  }

  static Stream<IOException> neverLeft() {
    return Stream.of(
        new ConnectException("Connection refused"),
        new UnknownHostException("sdk-99.moengage.com"),
        new NoRouteToHostException("no route"),
        new SSLHandshakeException("certificate expired"),
        new SSLPeerUnverifiedException("not verified"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mayHaveLeft")
  void aCallThatMayHaveLeftIsUnknown(IOException failure) {
    assertThat(Answers.of(failure)).isInstanceOf(Outcome.Unknown.class);
    assertThat(Answers.of(failure).status()).isNull();
  }

  static Stream<IOException> mayHaveLeft() {
    return Stream.of(
        new SocketTimeoutException("timeout"),
        new InterruptedIOException("timeout"),
        new SocketException("Connection reset"),
        new ProtocolException("unexpected end of stream"),
        new SSLException("closed"),
        new IOException("Canceled"));
  }

  @Test
  void aFailuresMessageNamesItsKindAndSaysItsWords() {
    assertThat(Answers.of(new SocketTimeoutException("timeout")).message())
        .isEqualTo("SocketTimeoutException: timeout");
    assertThat(Answers.of(new IOException()).message()).isEqualTo("IOException");
    assertThat(Answers.of(new IOException("m".repeat(5_000))).message())
        .hasSize(Outcome.MAX_MESSAGE);
  }

  @Test
  void textIsNotCutWithinACharacter() {
    String emoji = "x" + "\ud83d\ude00".repeat(1_000);
    assertThat(answer(500, emoji).message()).isEqualTo(emoji.substring(0, Outcome.MAX_MESSAGE - 1));
  }
}
