package io.durableoutbox.internal.moengage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Request;
import io.durableoutbox.destination.Request.Element;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import okio.Buffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The body that goes out: its size, its content, and the spliced text within. */
class EventsBodyPropertiesTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final int ENVELOPE_BYTES = "{\"elements\":[]}".length();
  private static final UUID REQUEST = new UUID(0x7000, 0x8000_0000_0000_0000L);

  @Property(tries = 500)
  void anActionAddsAtMostItsBytes(@ForAll("actions") ClaimedAction action) {
    int size = body(request(List.of(element(List.of(action))))).length();
    assertThat(size - ENVELOPE_BYTES).isLessThanOrEqualTo(action.bytes());
  }

  @Property(tries = 200)
  void aRequestIsAtMostTheSumOfItsActionsBytes(@ForAll("requests") Request request)
      throws IOException {
    long sum = request.actions().stream().mapToLong(ClaimedAction::bytes).sum();
    EventsBody body = new EventsBody(request);
    assertThat(body.contentLength()).isLessThanOrEqualTo(sum + ENVELOPE_BYTES + 1);
    assertThat(body.bytes()).isEqualTo((int) body.contentLength());
  }

  @Property(tries = 200)
  void theBodySaysWhatTheRequestHolds(@ForAll("requests") Request request) throws IOException {
    JsonNode elements = MAPPER.readTree(body(request).readUtf8()).get("elements");

    assertThat(elements.size()).isEqualTo(request.elements().size());
    for (int i = 0; i < elements.size(); i++) {
      JsonNode sent = elements.get(i);
      Element element = request.elements().get(i);
      assertThat(sent.get("customer_id").stringValue()).isEqualTo(element.customerId());
      Integer offset = element.userTimezoneOffset();
      assertThat(sent.has("user_timezone_offset")).isEqualTo(offset != null);
      if (offset != null) {
        assertThat(sent.get("user_timezone_offset").intValue()).isEqualTo(offset);
      }
      String attributes = element.userAttributes();
      assertThat(sent.has("user_attributes")).isEqualTo(attributes != null);
      if (attributes != null) {
        assertThat(sent.get("user_attributes")).isEqualTo(MAPPER.readTree(attributes));
      }
      assertThat(sent.get("actions").size()).isEqualTo(element.actions().size());
      for (int j = 0; j < element.actions().size(); j++) {
        check(sent.get("actions").get(j), element.actions().get(j));
      }
    }
  }

  private static void check(JsonNode sent, ClaimedAction action) {
    assertThat(sent.size()).isEqualTo(5);
    assertThat(sent.get("action").stringValue()).isEqualTo(action.action());
    assertThat(sent.get("moe_event_uuid").stringValue()).isEqualTo(action.eventUuid().toString());
    assertThat(sent.get("event_time").isIntegralNumber()).isTrue();
    assertThat(sent.get("event_time").longValue()).isEqualTo(action.eventTimeSeconds());
    assertThat(sent.get("platform").stringValue()).isEqualTo(action.platform());
    assertThat(sent.get("attributes")).isEqualTo(MAPPER.readTree(action.attributes()));
  }

  @Property(tries = 200)
  void theAttributesAreSplicedByteForByte(@ForAll("requests") Request request) throws IOException {
    String body = body(request).readUtf8();
    int from = 0;
    for (Element element : request.elements()) {
      if (element.userAttributes() != null) {
        from = after(body, "\"user_attributes\":" + element.userAttributes() + ",", from);
      }
      for (ClaimedAction action : element.actions()) {
        from = after(body, "\"attributes\":" + action.attributes() + "}", from);
      }
    }
  }

  private static int after(String body, String part, int from) {
    int at = body.indexOf(part, from);
    assertThat(at).as("the text as it was given").isGreaterThanOrEqualTo(from);
    return at + part.length();
  }

  @Property(tries = 20)
  void writingItTwiceWritesTheSame(@ForAll("requests") Request request) throws IOException {
    EventsBody body = new EventsBody(request);
    Buffer first = new Buffer();
    Buffer second = new Buffer();
    body.writeTo(first);
    body.writeTo(second);
    assertThat(first.readByteString()).isEqualTo(second.readByteString());
    assertThat(body.isOneShot()).isTrue();
    assertThat(body.contentType()).hasToString("application/json; charset=utf-8");
  }

  @Test
  void theWorstIdsAreWithinTheBytes() {
    for (String worst :
        List.of(
            "\0", "\u001f", "\"", "\\", "/", "\u007f", "\u2028", "\ud83d\ude00", "\uffff", "<")) {
      String id = worst.repeat(512 / worst.length());
      ClaimedAction action = action(id, -54_000, "{}", 9_999_999_999L, "{}");
      int size = body(request(List.of(element(List.of(action))))).length();
      assertThat(size - ENVELOPE_BYTES).isLessThanOrEqualTo(action.bytes());
    }
  }

  @Provide
  Arbitrary<ClaimedAction> actions() {
    return Combinators.combine(
            ids(),
            Arbitraries.integers().between(-54_000, 54_000).injectNull(0.3),
            objects().injectNull(0.3),
            Arbitraries.longs().between(1_262_304_000L, 253_402_300_799L),
            objects())
        .as(EventsBodyPropertiesTest::action);
  }

  @Provide
  Arbitrary<Request> requests() {
    return actions()
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .list()
        .ofMinSize(1)
        .ofMaxSize(8)
        .map(
            users -> {
              List<Element> elements = new ArrayList<>();
              users.forEach(actions -> elements.add(element(actions)));
              return request(elements);
            });
  }

  /** Any Unicode text, which means no halves of pairs. */
  private static Arbitrary<String> text() {
    return Arbitraries.strings().all().map(EventsBodyPropertiesTest::wellFormed);
  }

  private static Arbitrary<String> ids() {
    return Arbitraries.oneOf(
        text().filter(s -> !s.isEmpty()),
        Arbitraries.strings().withChars("\"\\/\u0001\n\u007f\u00e9\u4e2d").ofMinLength(2),
        Arbitraries.of("\ud83d\ude00", "john@example.com", "\u2028\u2029"));
  }

  private static Arbitrary<String> objects() {
    Arbitrary<Object> values =
        Arbitraries.oneOf(
            text().map(Object.class::cast),
            Arbitraries.integers().map(Object.class::cast),
            Arbitraries.of(true, List.of(1, "x"), Map.of("a", Map.of())));
    Arbitrary<String> compact =
        Arbitraries.maps(text(), values).ofMaxSize(5).map(MAPPER::writeValueAsString);
    return Arbitraries.oneOf(
        compact,
        Arbitraries.maps(text(), values)
            .ofMaxSize(5)
            .map(map -> MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(map)),
        compact.map(json -> "\n { \t" + json.substring(1, json.length() - 1) + "\r\n} "),
        Arbitraries.integers()
            .between(1, 9_000)
            .map(n -> "{\"a\":\"" + "\u00e9\ud83d\ude00\u4e2d".repeat(n) + "\"}"));
  }

  private static String wellFormed(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .forEach(out::appendCodePoint);
    return out.toString();
  }

  private static ClaimedAction action(
      String id,
      @Nullable Integer offset,
      @Nullable String userAttributes,
      long eventTime,
      String attributes) {
    return ClaimedAction.of(
        1,
        UUID.randomUUID(),
        id,
        offset,
        userAttributes,
        "MOE_PERSONALIZATION_MESSAGE_CLICKED",
        eventTime,
        "android",
        attributes,
        true,
        1,
        0,
        null,
        null);
  }

  private static Element element(List<ClaimedAction> actions) {
    ClaimedAction first = actions.get(0);
    return new Element(
        first.customerId(), first.userTimezoneOffset(), first.userAttributes(), actions);
  }

  @Test
  void anActionThatCantBeWrittenIsSaidByTypeOnly() {
    Request request =
        request(
            List.of(element(List.of(action("user", null, null, 1, "{\"secret\":\"\ud800\"}")))));
    assertThatThrownBy(() -> new EventsBody(request).contentLength())
        .isInstanceOf(EventsBody.UnwritableException.class)
        .hasNoCause()
        .hasMessageStartingWith("an action can't be written as JSON")
        .hasMessageNotContaining("secret");
  }

  private static Request request(List<Element> elements) {
    return new Request(REQUEST, elements);
  }

  private static Sized body(Request request) {
    EventsBody body = new EventsBody(request);
    Buffer buffer = new Buffer();
    try {
      body.writeTo(buffer);
      assertThat(buffer.size()).isEqualTo(body.contentLength());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Sized(buffer);
  }

  private record Sized(Buffer buffer) {
    int length() {
      return Math.toIntExact(buffer.size());
    }

    String readUtf8() {
      return buffer.copy().readUtf8();
    }
  }
}
