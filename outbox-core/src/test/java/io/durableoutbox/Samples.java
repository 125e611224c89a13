package io.durableoutbox;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Actions to start a test from: good ones, of which a test spoils one thing. */
public final class Samples {
  /** A value that must appear in no message. */
  public static final String CANARY = "secret-canary@example.com";

  public static final UUID EVENT = UUID.fromString("aa886712-4537-47c1-b126-2686efda2e26");
  public static final Instant EVENT_TIME = Instant.ofEpochSecond(1_725_258_666);

  public static final List<String> REQUIRED =
      List.of(
          "cid", "experience", "moe_locale_id", "moe_variation_id", "audience_name", "audience_id");

  /** The attributes of the API's sample request. */
  public static final String CONTEXT =
      """
      {
        "cid": "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A",
        "experience": "Test Server side experience",
        "moe_locale_id": "0",
        "moe_variation_id": "2",
        "audience_name": "All Users",
        "audience_id": "5A",
        "type": "Web Personalization"
      }""";

  private Samples() {}

  /** The same as a map, with the canary as one of its values. */
  public static Map<String, @Nullable Object> contextMap() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("cid", "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A");
    map.put("experience", CANARY);
    map.put("moe_locale_id", "0");
    map.put("moe_variation_id", "2");
    map.put("audience_name", "All Users");
    map.put("audience_id", "5A");
    return map;
  }

  /** The sample without one attribute, or with another value, written as JSON, in its place. */
  public static String contextWith(String name, @Nullable String jsonValue) {
    StringBuilder json = new StringBuilder("{\"note\": \"" + CANARY + "\"");
    for (String required : REQUIRED) {
      String value = required.equals(name) ? jsonValue : "\"" + CANARY + "\"";
      if (value != null) {
        json.append(", \"").append(required).append("\": ").append(value);
      }
    }
    return json.append("}").toString();
  }

  /** Good attributes with one more member, written as JSON, at the end. */
  public static String contextPlus(String member) {
    return "{\"cid\":\"c\",\"experience\":\""
        + CANARY
        + "\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"1\",\"audience_name\":\"\","
        + "\"audience_id\":\"5A\","
        + member
        + "}";
  }

  /** Null where the compiler knows better, as callers without null checks pass it. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  public static <T> T nothing() {
    return null;
  }
}
