package io.durableoutbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.ClaimedAction;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a row is rejected for that somebody wrote by SQL, past the library's own checks. */
class UncheckedRowTest {
  private static final String SHOWN = "MOE_PERSONALIZATION_MESSAGE_SHOWN";
  private static final long FIRST_OF_2010 = 1_262_304_000;

  private final MoEngage destination =
      MoEngage.workspace("W1", "key").baseUrl("http://127.0.0.1:1").build();

  private UUID eventUuid = Samples.EVENT;
  private String customerId = "user-1";
  private @Nullable Integer offset;
  private @Nullable String userAttributes;
  private String action = SHOWN;
  private long eventTime = FIRST_OF_2010;
  private String platform = "web";
  private String attributes = Samples.CONTEXT;

  private @Nullable String problem() {
    ClaimedAction row =
        ClaimedAction.of(
            1,
            eventUuid,
            customerId,
            offset,
            userAttributes,
            action,
            eventTime,
            platform,
            attributes,
            false,
            1,
            0,
            null,
            null);
    return destination.problem(row).orElse(null);
  }

  /** Good attributes with which an action has so many bytes. */
  private void attributesFor(int bytes) {
    String empty = Samples.contextPlus("\"x\":\"\"");
    int without = ClaimedAction.bytes(customerId, null, empty);
    attributes = Samples.contextPlus("\"x\":\"" + "x".repeat(bytes - without) + "\"");
  }

  @Test
  void aGoodRowHasNoProblem() {
    assertThat(problem()).isNull();
    offset = -54_000;
    userAttributes = "{\"u_n\":\"x\"}";
    platform = "ios";
    action = "MOE_PERSONALIZATION_MESSAGE_CLICKED";
    assertThat(problem()).isNull();
  }

  @Test
  void aCustomerIdThatMoEngageRefusesIsAProblem() {
    customerId = "guest";
    assertThat(problem()).startsWith("customer_id: ");
  }

  @Test
  void aUuidOfAnotherVersionIsAProblem() {
    eventUuid = new UUID(1, 2);
    assertThat(problem()).startsWith("moe_event_uuid: ");
  }

  @Test
  void attributesThatMissOneAreAProblem() {
    attributes = "{}";
    assertThat(problem()).startsWith("attributes.cid: ");
  }

  @Test
  void userAttributesThatAreNoObjectAreAProblem() {
    userAttributes = "[]";
    assertThat(problem()).startsWith("user_attributes: ");
  }

  @Test
  void anOffsetThatIsNoneIsAProblem() {
    offset = 60;
    assertThat(problem()).startsWith("user_timezone_offset: ");
  }

  @Test
  void aKindOfActionThatIsNoneIsAProblemThatNamesThoseThereAre() {
    action = "SHOWN";
    assertThat(problem())
        .isEqualTo("action: must be one of [MOE_PERSONALIZATION_MESSAGE_CLICKED, " + SHOWN + "]");
  }

  @Test
  void aPlatformThatIsNoneIsAProblem() {
    platform = "WEB";
    assertThat(problem()).isEqualTo("platform: must be one of [android, ios, tv, web]");
  }

  @Test
  void aTimeBefore2010IsAProblem() {
    eventTime = FIRST_OF_2010 - 1;
    assertThat(problem()).isEqualTo("event_time: is before 2010");
  }

  @Test
  void anActionLargerThanAnOutboxCanTakeIsAProblem() {
    attributesFor(ClaimedAction.MAX_BYTES);
    assertThat(problem()).isNull();
    attributesFor(ClaimedAction.MAX_BYTES + 1);
    assertThat(problem())
        .isEqualTo(
            "attributes: make the action 262145 bytes, but at most 262144 are possible; send less");
  }
}
