package io.durableoutbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ActionTest {
  private static final String CONTEXT =
      " {\"cid\":\"c\" ,\"experience\":\"\\u00e9\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\","
          + "\"audience_name\":\"\",\"audience_id\":\"5A\",\"n\":1.0, \"deep\":{\"a\":[null,true]}} ";

  @Test
  void theContextOfAFetchResponseIsPassedOnByteForByte() {
    Action action = Action.shown("john@example.com", CONTEXT).platform(Platform.WEB).build();
    assertThat(action.attributes()).isEqualTo(CONTEXT);
    assertThat(action.type()).isEqualTo(Action.Type.SHOWN);
    assertThat(action.workspace()).isEqualTo("default");
    assertThat(action.userTimezoneOffset()).isEmpty();
    assertThat(action.userAttributes()).isEmpty();
  }

  @Test
  void aMapIsWrittenAsJsonInItsOrder() {
    Map<String, Object> context = new LinkedHashMap<>();
    for (String name :
        new String[] {
          "cid", "experience", "moe_locale_id", "moe_variation_id", "audience_name", "audience_id"
        }) {
      context.put(name, "\"" + name + "\"");
    }
    context.put("more", Map.of("n", 1));
    assertThat(Action.clicked("user-1", context).platform(Platform.TV).build().attributes())
        .startsWith("{\"cid\":\"\\\"cid\\\"\",\"experience\":")
        .endsWith(",\"more\":{\"n\":1}}");
  }

  @Test
  void theUuidAndTheTimeAreFixedWhenItIsBuilt() {
    Instant now = Instant.parse("2026-11-23T05:15:06.999Z");
    Action.Builder builder =
        Action.shown("user-1", CONTEXT)
            .clock(Clock.fixed(now, ZoneOffset.UTC))
            .platform(Platform.IOS);
    Action action = builder.build();
    assertThat(action.eventTime()).isEqualTo(Instant.parse("2026-11-23T05:15:06Z"));
    assertThat(action.eventUuid().version()).isEqualTo(4);
    assertThat(action.eventUuidGiven()).isFalse();
    assertThat(builder.build().eventUuid()).isNotEqualTo(action.eventUuid());
  }

  @Test
  void aCallersOwnUuidIsKept() {
    UUID uuid = UUID.fromString("aa886712-4537-47c1-b126-2686efda2e26");
    Action action = Action.shown("user-1", CONTEXT).platform(Platform.WEB).eventUuid(uuid).build();
    assertThat(action.eventUuid()).isEqualTo(uuid);
    assertThat(action.eventUuidGiven()).isTrue();
  }

  @Test
  void theExtremesAreAllowed() {
    for (int offset : new int[] {-54_000, 0, 54_000}) {
      Action action =
          Action.shown("\uD83D\uDE00\uD83D\uDE00", CONTEXT)
              .platform(Platform.ANDROID)
              .userTimezoneOffset(offset)
              .eventTime(Instant.parse("2010-01-01T00:00:00Z"))
              .userAttributes(Map.of())
              .build();
      assertThat(action.userTimezoneOffset()).hasValue(offset);
    }
    assertThat(
            Action.shown("x".repeat(512), CONTEXT)
                .platform(Platform.WEB)
                .userTimezoneOffset(ZoneOffset.ofHours(-12))
                .eventTime(Instant.now().plusSeconds(86_000))
                .build()
                .userTimezoneOffset())
        .hasValue(-43_200);
  }

  @Test
  void aClicksIdGoesIntoTheAttributesAndLeavesTheRestAsItIs() {
    Action action =
        Action.clicked("user-1", CONTEXT)
            .platform(Platform.WEB)
            .bId("a \"b\" \uD83D\uDE00")
            .build();
    assertThat(action.attributes())
        .isEqualTo(
            CONTEXT.substring(0, CONTEXT.length() - 2)
                + ",\"b_id\":\"a \\\"b\\\" \uD83D\uDE00\"} ");
  }

  @Test
  void itsNameHoldsNoPersonalData() {
    Action action = Action.shown("john@example.com", CONTEXT).platform(Platform.WEB).build();
    assertThat(action.toString()).contains(action.eventUuid().toString()).doesNotContain("john");
  }
}
