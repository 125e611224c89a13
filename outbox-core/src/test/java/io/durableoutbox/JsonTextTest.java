package io.durableoutbox;

import static io.durableoutbox.Samples.contextPlus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The edges of what is good JSON for every database, and of what is a good id. */
class JsonTextTest {
  private static String attributes(String json) {
    return Action.shown("user-1", json).platform(Platform.WEB).build().attributes();
  }

  private static String id(String id) {
    return Action.shown(id, Samples.CONTEXT).platform(Platform.WEB).build().customerId();
  }

  static String[] largestNumbers() {
    return new String[] {
      "9".repeat(308),
      "-" + "9".repeat(308),
      "9".repeat(308) + ".5",
      "-" + "9".repeat(308) + ".5",
      "1.7976931348623157e308",
      "-1.7976931348623157E308",
      "1e308",
      "1e-1000",
      "0.0e-1000"
    };
  }

  @ParameterizedTest
  @MethodSource("largestNumbers")
  void theLargestNumbersThatEveryDatabaseHoldsAreAccepted(String number) {
    String json = contextPlus("\"n\":" + number);
    assertThat(attributes(json)).isEqualTo(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\ud83d\\ude00",
        "\\uD83D\\uDE00\\ud83d\\ude00",
        "\\\\ud83d",
        "\\ud83d\\ude00\\n",
        "\\u0041\\u00e9",
        "\\u005c\\u005cud83d"
      })
  void escapesThatAreWholeCharactersAreAccepted(String escapes) {
    String json = contextPlus("\"n\":\"" + escapes + "\"");
    assertThat(attributes(json)).isEqualTo(json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\ud83d\\ude00\\ud83d", "\\ud83d\\ude00\\ude00"})
  void halfOfAPairBehindAWholeOneIsRefused(String escapes) {
    assertThatExceptionOfType(InvalidActionException.class)
        .isThrownBy(() -> attributes(contextPlus("\"n\":\"" + escapes + "\"")))
        .withMessageContaining("half of a surrogate pair");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"n\":\"\\", "{\"n\":\"\\u", "\\ud8", "\\ud83", "{\"n\":\"\\ud83x\"}"})
  void anEscapeThatIsCutOffIsRefusedAsNoJson(String json) {
    assertThatExceptionOfType(InvalidActionException.class)
        .isThrownBy(() -> attributes(json))
        .withMessageContaining("is not valid JSON");
  }

  @Test
  void anEscapeOfHalfAPairThatEndsTheTextIsToldAsSuch() {
    assertThatExceptionOfType(InvalidActionException.class)
        .isThrownBy(() -> attributes("{\"n\":\"\\ud83d"))
        .withMessageContaining("half of a surrogate pair");
  }

  @Test
  void whereTheJsonBreaksIsTold() {
    assertThatExceptionOfType(InvalidActionException.class)
        .isThrownBy(() -> attributes("{\"cid\":\"c\",\n  !}"))
        .withMessageMatching(".*: line 2, column [34]");
  }

  @Test
  void anIdOf512LettersOfAnotherAlphabetIsAccepted() {
    String id = "\u0416".repeat(512);
    assertThat(id(id)).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "\u00a0", "\t", "\u2003"})
  void anyAmountOfSpaceMakesNoPlaceholderAnId(String space) {
    String much = space.repeat(40);
    assertThatExceptionOfType(InvalidActionException.class)
        .isThrownBy(() -> id(much + "guest" + much))
        .withMessageContaining("is a placeholder");
    assertThatExceptionOfType(InvalidActionException.class)
        .isThrownBy(() -> id(much))
        .withMessageContaining("is empty");
  }
}
