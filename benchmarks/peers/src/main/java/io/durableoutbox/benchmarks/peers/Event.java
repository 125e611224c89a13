package io.durableoutbox.benchmarks.peers;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** The body of a request with one event, as large as the destination's sample. */
final class Event {
  private static final String BODY =
      "{\"elements\":[{\"customer_id\":\"user-%d\",\"user_timezone_offset\":19800,\"actions\":["
          + "{\"action\":\"MOE_PERSONALIZATION_MESSAGE_SHOWN\",\"moe_event_uuid\":\"%s\","
          + "\"event_time\":%d,\"platform\":\"web\",\"attributes\":{"
          + "\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\","
          + "\"experience\":\"Test Server side experience\",\"moe_locale_id\":\"0\","
          + "\"moe_variation_id\":\"2\",\"audience_name\":\"All Users\",\"audience_id\":\"5A\","
          + "\"type\":\"Web Personalization\"}}]}]}";

  private Event() {}

  static String body() {
    return BODY.formatted(
        ThreadLocalRandom.current().nextInt(50_000),
        UUID.randomUUID(),
        System.currentTimeMillis() / 1000);
  }
}
