package io.durableoutbox.spring;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import java.util.Map;

/** Actions as an application makes them. */
final class Actions {
  private Actions() {}

  static Action action() {
    return builder().build();
  }

  static Action.Builder builder() {
    return Action.shown(
            "john@example.com",
            Map.of(
                "cid",
                "c1",
                "experience",
                "Banner",
                "moe_locale_id",
                "0",
                "moe_variation_id",
                "2",
                "audience_name",
                "All",
                "audience_id",
                "5A"))
        .platform(Platform.WEB);
  }
}
