package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.spring.test.SimulatedMoEngage;
import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest
@SimulatedMoEngage
class OrderServiceTest {
  /** In real life the experience_context of MoEngage's answer when the banner was fetched. */
  static final Map<String, String> BANNER =
      Map.of(
          "cid", "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A",
          "experience", "Banner",
          "moe_locale_id", "0",
          "moe_variation_id", "2",
          "audience_name", "All Users",
          "audience_id", "5A");

  @Autowired OrderService orders;
  @Autowired SimulatedDestination moEngage;

  @Test
  void anOrderIsReported() {
    orders.place("mary@example.com", BANNER);
    moEngage.awaitAccepted(1, Duration.ofSeconds(10));
    assertThat(moEngage.accepted()).anyMatch(a -> a.customerId().equals("mary@example.com"));
  }
}
