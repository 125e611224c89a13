package io.durableoutbox.internal.relay;

import io.durableoutbox.spi.ClaimedAction;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Claimed actions for tests. */
public final class Claimed {
  public static final String CONTEXT =
      "{\"cid\":\"c\",\"experience\":\"e\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\","
          + "\"audience_name\":\"All\",\"audience_id\":\"5A\"}";

  private Claimed() {}

  public static ClaimedAction of(
      long id,
      String customer,
      @Nullable Integer offset,
      @Nullable String userAttributes,
      String attributes) {
    return ClaimedAction.of(
        id,
        new UUID(0x4000L | id << 16, 0x8000_0000_0000_0000L | id),
        customer,
        offset,
        userAttributes,
        "MOE_PERSONALIZATION_MESSAGE_CLICKED",
        1725258666,
        "android",
        attributes,
        true,
        1);
  }
}
