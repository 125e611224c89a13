package io.durableoutbox.testkit;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An action that the simulated destination accepted, counted once however often it came.
 *
 * @param eventUuid {@code moe_event_uuid}
 * @param customerId {@code customer_id}
 * @param userTimezoneOffset {@code user_timezone_offset} in seconds, or null
 * @param userAttributes the text of {@code user_attributes} as it came, or null
 * @param action {@code action}
 * @param eventTime {@code event_time}
 * @param platform {@code platform}
 * @param attributes the text of {@code attributes} as it came, byte for byte
 * @param reqIds the {@code req_id} of each request that it was accepted with, first to last
 */
public record AcceptedAction(
    UUID eventUuid,
    String customerId,
    @Nullable Integer userTimezoneOffset,
    @Nullable String userAttributes,
    String action,
    Instant eventTime,
    String platform,
    String attributes,
    List<String> reqIds) {
  /** Copies the list. */
  public AcceptedAction {
    reqIds = List.copyOf(reqIds);
  }

  AcceptedAction acceptedAgain(String reqId) {
    List<String> all = new java.util.ArrayList<>(reqIds);
    all.add(reqId);
    return new AcceptedAction(
        eventUuid,
        customerId,
        userTimezoneOffset,
        userAttributes,
        action,
        eventTime,
        platform,
        attributes,
        all);
  }

  boolean sameEvent(AcceptedAction other) {
    return withoutReqIds().equals(other.withoutReqIds());
  }

  private AcceptedAction withoutReqIds() {
    return new AcceptedAction(
        eventUuid,
        customerId,
        userTimezoneOffset,
        userAttributes,
        action,
        eventTime,
        platform,
        attributes,
        List.of());
  }
}
