package io.durableoutbox.testkit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An action that the simulated destination accepted, once however often it came; its content is
 * that of the first time. Immutable. Its {@code toString} shows the customer's data.
 *
 * @param eventUuid {@code moe_event_uuid}
 * @param customerId {@code customer_id}
 * @param userTimezoneOffset {@code user_timezone_offset} in seconds, or null if there was none
 * @param userAttributes the text of {@code user_attributes} as it came, byte for byte, or null if
 *     there were none
 * @param action {@code action}
 * @param eventTime {@code event_time}, in whole seconds
 * @param platform {@code platform}
 * @param attributes the text of {@code attributes} as it came, byte for byte
 * @param reqIds the {@code req_id} of each request that it was accepted with, first to last; never
 *     empty
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

  /** Returns how often it was accepted: 1 if it was never repeated. */
  public int timesReceived() {
    return reqIds.size();
  }

  AcceptedAction with(List<String> newReqIds) {
    return new AcceptedAction(
        eventUuid,
        customerId,
        userTimezoneOffset,
        userAttributes,
        action,
        eventTime,
        platform,
        attributes,
        newReqIds);
  }

  AcceptedAction acceptedAgain(String reqId) {
    List<String> all = new ArrayList<>(reqIds);
    all.add(reqId);
    return with(all);
  }

  boolean sameEvent(AcceptedAction other) {
    return with(List.of()).equals(other.with(List.of()));
  }

  /** A number that tells two contents apart, for those who don't keep them. */
  int fingerprint() {
    return with(List.of()).hashCode();
  }
}
