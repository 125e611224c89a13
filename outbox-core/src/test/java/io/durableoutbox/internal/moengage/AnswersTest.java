package io.durableoutbox.internal.moengage;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.spi.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswersTest {
  private static final String ACCEPTED =
      "{\"status\":\"success\",\"message\":\"Your request has been accepted and will be processed"
          + " soon.\",\"req_id\":\"SKuSLFnX\"}";

  @Test
  void anAcceptanceHasItsReqId() {
    assertThat(Answers.of(200, ACCEPTED))
        .isEqualTo(
            new Outcome.Accepted(
                200, "SKuSLFnX", "Your request has been accepted and will be processed soon."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {"~~", "<html>", "{\"req_id\":", "[]", "{\"req_id\":{}}", "null", "7"})
  void a200ThatCantBeReadIsAcceptedWithoutAReqId(String body) {
    Outcome outcome = Answers.of(200, body);
    assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
    assertThat(((Outcome.Accepted) outcome).reqId()).isNull();
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "400|refused    |{\"title\":\"Invalid Field Value\",\"description\":\"elements - Validators Failed\",\"code\":\"NwRqMltB\"}|Invalid Field Value: elements - Validators Failed (code NwRqMltB)",
        "400|refused    |{\"title\":\"Malformed JSON\",\"description\":\"Could not decode\"}|Malformed JSON: Could not decode",
        "400|unavailable|{\"title\":\"Request Error\",\"description\":\"MoEngage Client not found. Please check values for headers - MOE-APPKEY or MOE-DBNAME\"}|Request Error: MoEngage Client not found. Please check values for headers - MOE-APPKEY or MOE-DBNAME",
        "400|refused    |{\"status\":\"fail\",\"error\":{\"type\":\"T\",\"message\":\"M\",\"request_id\":\"R\"}}|T: M (request R)",
        "400|refused    |{\"status\":false,\"error\":\"E\"}|E",
        "400|refused    |bad things|bad things",
        "401|unavailable|{\"title\":\"Authentication required\",\"description\":\"Invalid API_KEY\"}|Authentication required: Invalid API_KEY",
        "403|unavailable|{}|",
        "404|unavailable|<html>nope</html>|<html>nope</html>",
        "405|unavailable||",
        "415|unavailable||",
        "302|unavailable||",
        "307|unavailable||",
        "413|refused    ||",
        "422|refused    ||",
        "429|unavailable|{\"title\":\"Request limit reached\",\"description\":\"D\",\"code\":\"KMxkunyz\"}|Request limit reached: D (code KMxkunyz)",
        "408|unknown    ||",
        "500|unknown    |{\"message\":\"M\"}|M",
        "502|unknown    |<html>|<html>",
        "503|unknown    ||",
        "504|unknown    ||",
        "418|unavailable||",
      })
  void eachAnswerHasItsMeaning(int status, String name, String body, String message) {
    Outcome outcome = Answers.of(status, body == null ? "" : body);
    assertThat(outcome.name()).isEqualTo(name.strip());
    assertThat(outcome.status()).isEqualTo(status);
    assertThat(outcome.message()).isEqualTo(message);
  }

  @Test
  void aFailureBeforeAnythingLeftIsTheDestinationsAndAnyOtherIsUnknown() {
    for (IOException e :
        new IOException[] {
          new ConnectException("refused"),
          new UnknownHostException("sdk-99.moengage.com"),
          new SSLHandshakeException("PKIX path building failed")
        }) {
      assertThat(Answers.of(e).name()).isEqualTo("unavailable");
      assertThat(Answers.of(e).message()).contains(e.getClass().getSimpleName());
    }
    for (IOException e :
        new IOException[] {
          new SocketTimeoutException("timeout"),
          new InterruptedIOException("timeout"),
          new IOException("unexpected end of stream")
        }) {
      assertThat(Answers.of(e).name()).isEqualTo("unknown");
      assertThat(Answers.of(e).status()).isNull();
    }
  }

  @Test
  void whatIsRecordedIsShortAndFitForATextColumn() {
    String message = Answers.of(400, "{\"error\":\"" + "\\u0000x".repeat(5_000) + "\"}").message();
    assertThat(message).hasSize(Outcome.MAX_MESSAGE).doesNotContain("\0");
    assertThat(Answers.of(503, "h".repeat(60_000)).message()).hasSizeLessThanOrEqualTo(300);
    String pairs = new Outcome.Unknown(null, "x" + "\uD83D\uDE00".repeat(600)).message();
    assertThat(pairs).hasSize(Outcome.MAX_MESSAGE - 1);
    assertThat(
            ((Outcome.Accepted) Answers.of(200, "{\"req_id\":\"" + "r".repeat(400) + "\"}"))
                .reqId())
        .hasSize(255);
  }
}
