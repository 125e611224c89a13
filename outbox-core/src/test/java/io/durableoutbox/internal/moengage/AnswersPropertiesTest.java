package io.durableoutbox.internal.moengage;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.Outcome;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AnswersPropertiesTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ACCEPTED = "{\"status\":\"success\",\"req_id\":\"SKuSLFnX\"}";
  private static final String REFUSED =
      "{\"title\":\"Invalid Field Value\",\"description\":\"Errored Field: actions\"}";

  /** Whatever anybody answers, only a whole JSON object decides about an action. */
  @Property(tries = 3_000)
  void onlyAJsonObjectAcceptsOrRefuses(
      @ForAll @IntRange(min = 100, max = 700) int status, @ForAll("bodies") String body) {
    Outcome outcome =
        AnswerTable.of(new HttpAnswer(status, "application/json", body, null, null, null), false);
    if (outcome instanceof Outcome.Accepted) {
      assertThat(status).isBetween(200, 299);
      assertThat(isObject(body)).isTrue();
    } else if (outcome instanceof Outcome.Refused) {
      assertThat(status).isIn(400, 413, 422);
      assertThat(isObject(body)).isTrue();
    }
  }

  /** Wherever an answer is cut off, it neither accepts nor refuses. */
  @Property(tries = 300)
  void noBeginningOfAnAnswerAcceptsOrRefuses(@ForAll @IntRange(max = 10_000) int at) {
    for (String body : new String[] {ACCEPTED, REFUSED}) {
      String cut = body.substring(0, at % body.length());
      for (int status : new int[] {200, 400, 413, 422}) {
        assertThat(AnswerTable.of(new HttpAnswer(status, null, cut, null, null, null), false))
            .isInstanceOf(Outcome.Unknown.class);
      }
    }
  }

  @Provide
  Arbitrary<String> bodies() {
    Arbitrary<String> words =
        Arbitraries.of(
            ACCEPTED,
            REFUSED,
            "{",
            "}",
            "\"status\":",
            "\"success\"",
            "\"fail\"",
            ",",
            "<html>",
            "\"req_id\":\"a\"",
            "\"error\":\"no\"",
            "[",
            "]",
            " ",
            "null",
            "OK",
            "\ufeff");
    return Arbitraries.oneOf(
        words.list().ofMaxSize(6).map(parts -> String.join("", parts)),
        Arbitraries.strings().ofMaxLength(40));
  }

  private static boolean isObject(String body) {
    try {
      JsonNode node = JSON.readTree(body);
      return node != null && node.isObject();
    } catch (JacksonException e) {
      return false;
    }
  }
}
