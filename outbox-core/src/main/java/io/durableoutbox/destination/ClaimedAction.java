package io.durableoutbox.destination;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One row of the outbox, held by a claim.
 *
 * @param id the row, in the order of claiming
 * @param eventUuid {@code moe_event_uuid}
 * @param customerId {@code customer_id}; personal data
 * @param userTimezoneOffset {@code user_timezone_offset} in seconds, or null
 * @param userAttributes {@code user_attributes} as JSON text, or null; personal data
 * @param action {@code action}, by its name on the wire
 * @param eventTimeSeconds {@code event_time} in Unix seconds
 * @param platform {@code platform}, by its name on the wire
 * @param attributes {@code attributes} as JSON text, spliced into the request as it is
 * @param validated whether the library checked it when it was written; the relay checks it
 *     otherwise
 * @param attempts how many attempts were made, the one that this claim is for included
 * @param refusals in how many requests it was a suspect: they were refused, or failed while others
 *     passed
 * @param unknownFor how long ago the first attempt was made that the destination may have taken
 *     without our knowing, or null if there was none
 * @param traceparent the W3C traceparent of the trace that wrote it, as it is stored, or null;
 *     other writers may have put anything of up to 128 characters there
 * @param bytes at most so many bytes of JSON does it add to a request, its own element included
 */
public record ClaimedAction(
    long id,
    UUID eventUuid,
    String customerId,
    @Nullable Integer userTimezoneOffset,
    @Nullable String userAttributes,
    String action,
    long eventTimeSeconds,
    String platform,
    String attributes,
    boolean validated,
    int attempts,
    int refusals,
    @Nullable Duration unknownFor,
    @Nullable String traceparent,
    int bytes) {

  /** The {@code bytes} of the largest action that an outbox can be set to take: {@value}. */
  public static final int MAX_BYTES = 262_144;

  // All names and punctuation of an element with one action, with the longest offset, time and enum
  // values.
  private static final int FRAME_BYTES = 256;

  /** Makes the record and reckons its {@code bytes}. */
  public static ClaimedAction of(
      long id,
      UUID eventUuid,
      String customerId,
      @Nullable Integer userTimezoneOffset,
      @Nullable String userAttributes,
      String action,
      long eventTimeSeconds,
      String platform,
      String attributes,
      boolean validated,
      int attempts,
      int refusals,
      @Nullable Duration unknownFor,
      @Nullable String traceparent) {
    return new ClaimedAction(
        id,
        eventUuid,
        customerId,
        userTimezoneOffset,
        userAttributes,
        action,
        eventTimeSeconds,
        platform,
        attributes,
        validated,
        attempts,
        refusals,
        unknownFor,
        traceparent,
        bytes(customerId, userAttributes, attributes));
  }

  /** Returns at most how many bytes of JSON an action with these texts adds to a request. */
  public static int bytes(String customerId, @Nullable String userAttributes, String attributes) {
    return FRAME_BYTES
        + quoted(customerId)
        + (userAttributes == null ? 0 : utf8(userAttributes))
        + utf8(attributes);
  }

  /**
   * Returns whether it was in a request before that was refused, or that failed while others
   * passed, so that it may be the one at fault.
   */
  public boolean suspect() {
    return refusals > 0;
  }

  /** Returns whether an earlier attempt of it has failed, or was not seen to its end. */
  public boolean triedBefore() {
    return attempts > 1;
  }

  /** Names the action by its UUID only. */
  @Override
  public String toString() {
    return "ClaimedAction[" + eventUuid + "]";
  }

  private static int quoted(String text) {
    int n = utf8(text);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ') {
        n += 5;
      } else if (c == '"' || c == '\\') {
        n++;
      }
    }
    return n;
  }

  private static int utf8(String text) {
    int n = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        // A surrogate pair is 4 bytes in 2 chars, so each half adds one.
        n += c >= 0x800 && !Character.isSurrogate(c) ? 2 : 1;
      }
    }
    return n;
  }
}
