package io.durableoutbox.cli;

/** Lines for the import. */
final class Samples {
  static final String ATTRIBUTES =
      "{\"cid\":\"66d5_F_T_WP\",\"experience\":\"Test\",\"moe_locale_id\":\"0\","
          + "\"moe_variation_id\":\"2\",\"audience_name\":\"All\",\"audience_id\":\"5A\"}";

  private Samples() {}

  static String line(String customer) {
    return line(customer, "web", "");
  }

  /**
   * Returns an action.
   *
   * @param more further fields, each with a comma before it
   */
  static String line(String customer, String platform, String more) {
    return "{\"customer_id\":\""
        + customer
        + "\",\"action\":\"MOE_PERSONALIZATION_MESSAGE_SHOWN\",\"platform\":\""
        + platform
        + "\",\"attributes\":"
        + ATTRIBUTES
        + more
        + "}";
  }
}
