package io.durableoutbox.destination;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Samples;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is reckoned and told of an action that a claim brought. */
class ClaimedActionTest {
  private static final int FRAME = ClaimedAction.bytes("", null, "");

  private static ClaimedAction tried(int attempts, int refusals) {
    return ClaimedAction.of(
        1,
        Samples.EVENT,
        Samples.CANARY,
        null,
        null,
        "MOE_PERSONALIZATION_MESSAGE_SHOWN",
        1_725_258_666,
        "web",
        Samples.CONTEXT,
        true,
        attempts,
        refusals,
        null,
        null);
  }

  @Test
  void itsFirstAttemptIsNoRepetitionAndTheSecondIs() {
    assertThat(tried(1, 0).triedBefore()).isFalse();
    assertThat(tried(2, 0).triedBefore()).isTrue();
  }

  @Test
  void oneRefusalMakesItASuspect() {
    assertThat(tried(1, 0).suspect()).isFalse();
    assertThat(tried(1, 1).suspect()).isTrue();
  }

  @Test
  void itsStringFormHoldsItsUuidAndNoPersonalData() {
    ClaimedAction action = tried(1, 0);
    assertThat(action.toString()).isEqualTo("ClaimedAction[" + Samples.EVENT + "]");
    Request.Element element =
        new Request.Element(Samples.CANARY, null, "{\"x\":1}", List.of(action));
    assertThat(element.toString()).isEqualTo("Element[1 actions]");
    assertThat(new Request(Samples.EVENT, List.of(element)).toString())
        .isEqualTo("Request[" + Samples.EVENT + "]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a b", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "\ud83d\ude00", "é€"})
  void itsBytesAreThoseOfItsTextsInUtf8(String text) {
    int utf8 = text.getBytes(StandardCharsets.UTF_8).length;
    assertThat(ClaimedAction.bytes(text, null, "") - FRAME).isEqualTo(utf8);
    assertThat(ClaimedAction.bytes("", text, "") - FRAME).isEqualTo(utf8);
    assertThat(ClaimedAction.bytes("", null, text) - FRAME).isEqualTo(utf8);
  }

  @Test
  void whatJsonEscapesInAnIdCountsAsItIsWritten() {
    assertThat(ClaimedAction.bytes("\u0001\u001f", null, "") - FRAME).isEqualTo(2 * 6);
    assertThat(ClaimedAction.bytes("\"\\", null, "") - FRAME).isEqualTo(2 * 2);
    // Attributes are spliced in as they are.
    assertThat(ClaimedAction.bytes("", "\"\\", "\"\\") - FRAME).isEqualTo(4);
  }
}
