package io.durableoutbox.benchmarks.hot;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.destination.ClaimedAction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/** The destination's sample payload. */
public final class Sample {
  /** As JSON. */
  public static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test Server side"
          + " experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All"
          + " Users\",\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";

  /** The user's, in seconds. */
  public static final int OFFSET = 19_800;

  private Sample() {}

  /** Returns the same as a map. */
  static Map<String, String> contextMap() {
    Map<String, String> context = new LinkedHashMap<>();
    context.put("cid", "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A");
    context.put("experience", "Test Server side experience");
    context.put("moe_locale_id", "0");
    context.put("moe_variation_id", "2");
    context.put("audience_name", "All Users");
    context.put("audience_id", "5A");
    context.put("type", "Web Personalization");
    return context;
  }

  /** Makes an action of now. */
  public static Action action(int user) {
    return Action.shown(customerId(user), CONTEXT)
        .userTimezoneOffset(OFFSET)
        .platform(Platform.WEB)
        .build();
  }

  public static String customerId(int user) {
    return "user-" + user + "@example.com";
  }

  /** Returns a claim of so many actions, user by user in turn. */
  public static List<ClaimedAction> claim(int actions, int users) {
    return IntStream.range(0, actions)
        .mapToObj(
            i ->
                ClaimedAction.of(
                    i,
                    UUID.randomUUID(),
                    customerId(i % users),
                    OFFSET,
                    null,
                    Action.Type.SHOWN.wireName(),
                    1_725_258_666,
                    Platform.WEB.wireName(),
                    CONTEXT,
                    true,
                    1,
                    0,
                    null,
                    null))
        .toList();
  }
}
