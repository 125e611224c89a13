package io.durableoutbox.internal.moengage;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.internal.relay.Claimed;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Request;
import io.durableoutbox.spi.Request.Element;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import okio.Buffer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EventsBodyProperties {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  @Provide
  Arbitrary<String> text() {
    return Arbitraries.strings()
        .withChars("ab\"\\/\t\n\u0001\u001f\u007f\u00e9\u2028\u20ac")
        .ofMaxLength(40)
        .flatMap(
            s -> Arbitraries.of("", "\uD83D\uDE00", "\uD83D\uDE00\uD83D\uDE00").map(e -> s + e));
  }

  @Property(tries = 500)
  void theBodyIsTheContractsJsonWithTheAttributesAsTheyWereAndNoLargerThanReckoned(
      @ForAll("text") String customer, @ForAll("text") String value, @ForAll boolean full) {
    String attributes = "{ \"cid\" : " + MAPPER.writeValueAsString(value) + "}";
    String userAttributes = full ? "{\"x\":  1}" : null;
    Integer offset = full ? -54_000 : null;
    ClaimedAction first = Claimed.of(1, customer, offset, userAttributes, attributes);
    ClaimedAction second = Claimed.of(2, customer, offset, userAttributes, attributes);
    Element element = new Element(customer, offset, userAttributes, List.of(first, second));

    String body = write(element);
    JsonNode json = MAPPER.readTree(body).get("elements").get(0);
    assertThat(json.get("customer_id").stringValue()).isEqualTo(customer);
    assertThat(json.has("user_timezone_offset")).isEqualTo(full);
    assertThat(json.has("user_attributes")).isEqualTo(full);
    JsonNode action = json.get("actions").get(1);
    assertThat(action.get("moe_event_uuid").stringValue()).isEqualTo(second.eventUuid().toString());
    assertThat(action.get("event_time").longValue()).isEqualTo(1725258666);
    assertThat(action.get("action").stringValue()).isEqualTo("MOE_PERSONALIZATION_MESSAGE_CLICKED");
    assertThat(action.get("platform").stringValue()).isEqualTo("android");
    assertThat(body).contains("\"attributes\":" + attributes + "}");

    int one = write(new Element(customer, offset, userAttributes, List.of(first))).length();
    assertThat(one).isPositive();
    Buffer alone = new Buffer();
    new EventsBody(
            new Request(
                UUID.randomUUID(),
                List.of(new Element(customer, offset, userAttributes, List.of(first)))))
        .writeTo(alone);
    assertThat(alone.size()).isLessThanOrEqualTo(first.bytes() + 16L);
  }

  private static String write(Element element) {
    EventsBody body = new EventsBody(new Request(UUID.randomUUID(), List.of(element)));
    Buffer written = new Buffer();
    body.writeTo(written);
    assertThat(body.contentLength()).isEqualTo(written.size());
    assertThat(body.bytes()).isEqualTo((int) written.size());
    return written.readUtf8();
  }
}
