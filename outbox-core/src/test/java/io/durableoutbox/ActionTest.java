package io.durableoutbox;

import static io.durableoutbox.Samples.CANARY;
import static io.durableoutbox.Samples.CONTEXT;
import static io.durableoutbox.Samples.EVENT;
import static io.durableoutbox.Samples.EVENT_TIME;
import static io.durableoutbox.Samples.contextMap;
import static io.durableoutbox.Samples.contextPlus;
import static io.durableoutbox.Samples.contextWith;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an action keeps of what it was given. */
class ActionTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.987654321Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

  @Test
  void theSampleOfTheApiIsAccepted() {
    Action action =
        Action.shown("<unique user identifier like email or phone number>", CONTEXT)
            .platform(Platform.WEB)
            .userTimezoneOffset(19_800)
            .eventUuid(EVENT)
            .eventTime(EVENT_TIME)
            .build();

    assertThat(action.workspace()).isEqualTo("default");
    assertThat(action.customerId()).startsWith("<unique user identifier");
    assertThat(action.userTimezoneOffset()).hasValue(19_800);
    assertThat(action.userAttributes()).isEmpty();
    assertThat(action.type().wireName()).isEqualTo("MOE_PERSONALIZATION_MESSAGE_SHOWN");
    assertThat(action.eventUuid()).isEqualTo(EVENT);
    assertThat(action.eventUuidGiven()).isTrue();
    assertThat(action.eventTime().getEpochSecond()).isEqualTo(1_725_258_666);
    assertThat(action.platform().wireName()).isEqualTo("web");
    assertThat(action.attributes()).isSameAs(CONTEXT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\" :\t1.50e+2 , \"b\":\"\\u00e9\\/\"}",
        "\n {\"z\":null,\"a\":[ ]}\r\n ",
        "{\"big\":123456789012345678901234567890.12345678901234567890}",
        "{\"emoji\":\"\ud83d\ude00 \u00e9\u4e2d\"}",
        "{}"
      })
  void userAttributesAsTextAreKeptByteForByte(String json) {
    Action action = good().userAttributes(json).build();
    assertThat(action.userAttributes()).containsSame(json);
  }

  @Test
  void attributesAsTextAreKeptByteForByte() {
    String odd = "\n\t" + contextPlus(" \"a\\/b\" : 1.0E+2 , \"\\u00e9\":[ ]") + " \r\n";
    Action action = Action.clicked(CANARY, odd).platform(Platform.TV).build();
    assertThat(action.attributes()).isSameAs(odd);
  }

  @Test
  void attributesAsAMapAreWrittenWithAllTheyHold() {
    Map<String, Object> context = new LinkedHashMap<>();
    contextMap().forEach((name, value) -> context.put(name, Objects.requireNonNull(value)));
    context.put("nested", Map.of("list", List.of(1, true, "\ud83d\ude00\"\\\n")));
    Action action = Action.shown(CANARY, context).platform(Platform.WEB).build();
    assertThat(MAPPER.readTree(action.attributes())).isEqualTo(MAPPER.valueToTree(context));
  }

  @Test
  void aMapWithNullAsAnOptionalValueIsAccepted() {
    Map<String, @Nullable Object> context = contextMap();
    context.put("type", null);
    Action action = Action.shown(CANARY, context).platform(Platform.WEB).build();
    assertThat(MAPPER.readTree(action.attributes()).get("type").isNull()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\ud83d\ude00\ud83d\ude80",
        "ab",
        "john@example.com",
        "+49 30 1234",
        "10",
        "guests",
        " x y ",
        "\u7528\u6237"
      })
  void anyOtherIdOfTwoCharactersOrMoreIsAcceptedAsItIs(String id) {
    assertThat(Action.shown(id, CONTEXT).platform(Platform.WEB).build().customerId()).isEqualTo(id);
  }

  @Test
  void anIdOf512CharactersIsAccepted() {
    String id = "i".repeat(512);
    assertThat(Action.shown(id, CONTEXT).platform(Platform.WEB).build().customerId()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(ints = {-54_000, 54_000, 0, 19_800, -12_600})
  void offsetsUpToFifteenHoursAreAccepted(int seconds) {
    assertThat(good().userTimezoneOffset(seconds).build().userTimezoneOffset()).hasValue(seconds);
    assertThat(good().userTimezoneOffset(ZoneOffset.ofTotalSeconds(seconds)).build())
        .extracting(action -> action.userTimezoneOffset().orElseThrow())
        .isEqualTo(seconds);
  }

  @Test
  void anEmptyAudienceNameIsAccepted() {
    String context = contextWith("audience_name", "\"\"");
    assertThat(Action.shown(CANARY, context).platform(Platform.WEB).build().attributes())
        .isEqualTo(context);
  }

  @Test
  void attributesOf30NestedLevelsAreAccepted() {
    String context = contextPlus("\"o\":" + "[".repeat(30) + "]".repeat(30));
    assertThat(Action.shown(CANARY, context).platform(Platform.WEB).build().attributes())
        .isEqualTo(context);
  }

  @Test
  void theEventTimeIsKeptInWholeSeconds() {
    Instant time = Instant.parse("2025-05-05T05:05:05.999999999Z");
    assertThat(good().eventTime(time).build().eventTime())
        .isEqualTo(Instant.parse("2025-05-05T05:05:05Z"));
  }

  @Test
  void withoutAnEventTimeItIsTheClocksNowInWholeSeconds() {
    assertThat(good().clock(CLOCK).build().eventTime())
        .isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
  }

  @Test
  void withoutAClockItIsTheSystems() {
    Instant before = Instant.now().minusSeconds(1);
    assertThat(good().build().eventTime()).isBetween(before, Instant.now());
  }

  @Test
  void anEventTimeOfADayAheadIsAccepted() {
    Instant time = NOW.plus(Duration.ofDays(1));
    assertThat(good().clock(CLOCK).eventTime(time).build().eventTime())
        .isEqualTo(Instant.parse("2026-01-02T00:00:00Z"));
  }

  @Test
  void theFirstSecondOf2010IsAccepted() {
    Instant time = Instant.parse("2010-01-01T00:00:00Z");
    assertThat(good().eventTime(time).build().eventTime()).isEqualTo(time);
  }

  @Test
  void withoutAUuidEachActionGetsAFreshVersion4() {
    Set<UUID> uuids = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      Action action = good().build();
      assertThat(action.eventUuidGiven()).isFalse();
      assertThat(action.eventUuid().version()).isEqualTo(4);
      uuids.add(action.eventUuid());
    }
    assertThat(uuids).hasSize(1_000);
  }

  @Test
  void onlyTheFirstWhoAsksTakesAnActionAsFreshAndOnlyIfItsUuidWasDrawn() {
    Action drawn = good().build();
    assertThat(drawn.takeFresh()).isTrue();
    assertThat(drawn.takeFresh()).isFalse();
    assertThat(good().eventUuid(UUID.randomUUID()).build().takeFresh()).isFalse();
  }

  @Test
  void aBuilderUsedTwiceMakesTwoEvents() {
    Action.Builder builder = good();
    assertThat(builder.build().eventUuid()).isNotEqualTo(builder.build().eventUuid());
  }

  @Test
  void theStringFormHoldsNoPersonalData() {
    Action action =
        Action.clicked(CANARY, contextPlus("\"name\":\"" + CANARY + "\""))
            .platform(Platform.IOS)
            .userAttributes(Map.of("email", CANARY))
            .bId(CANARY)
            .eventUuid(EVENT)
            .build();
    assertThat(action).hasToString("Action[CLICKED " + EVENT + "]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n}", "\u00e9\ud83d\ude00", "a\"b\\c", "</script>", "\u2028"})
  void aSplicedBIdLeavesTheRestByteForByte(String id) {
    String context = " " + contextPlus(" \"x\\/y\" : \"}\" ") + " \n";
    Action action = Action.clicked(CANARY, context).platform(Platform.WEB).bId(id).build();

    int end = context.lastIndexOf('}');
    assertThat(action.attributes())
        .startsWith(context.substring(0, end))
        .endsWith(context.substring(end));
    JsonNode parsed = MAPPER.readTree(action.attributes());
    assertThat(parsed.get("b_id").stringValue()).isEqualTo(id);
    assertThat(parsed.size()).isEqualTo(MAPPER.readTree(context).size() + 1);
  }

  @Test
  void aBIdDeeperInsideTheAttributesIsNoBId() {
    String context = contextPlus("\"inner\":{\"b_id\":\"deep\"}");
    Action action = Action.clicked(CANARY, context).platform(Platform.WEB).bId("top").build();
    assertThat(MAPPER.readTree(action.attributes()).get("b_id").stringValue()).isEqualTo("top");
  }

  @ParameterizedTest
  @EnumSource(Platform.class)
  void everyPlatformIsNamedInLowerCase(Platform platform) {
    Action action = Action.shown(CANARY, CONTEXT).platform(platform).workspace("w.1_-").build();
    assertThat(action.platform().wireName()).isEqualTo(platform.name().toLowerCase(Locale.ROOT));
    assertThat(action.workspace()).isEqualTo("w.1_-");
  }

  private static Action.Builder good() {
    return Action.shown(CANARY, CONTEXT).platform(Platform.WEB);
  }
}
