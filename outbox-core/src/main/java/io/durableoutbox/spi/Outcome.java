package io.durableoutbox.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What came of a request, by whose doing: the action's, the destination's (or the configuration's),
 * or unknown.
 *
 * <p>{@code message} is the server's or the failure's words, at most {@value #MAX_MESSAGE}
 * characters, and goes into {@code outbox_request.message}, never into a log.
 */
public sealed interface Outcome {
  /** The longest {@code message}, in characters; what is longer is cut. */
  int MAX_MESSAGE = 1000;

  /** Returns the HTTP status, or null without an answer. */
  @Nullable Integer status();

  /** Returns the server's words or the failure's, shortened; null if there are none. */
  @Nullable String message();

  /**
   * The server took the request.
   *
   * @param reqId the server's {@code req_id}, or null if the answer held none
   */
  record Accepted(@Nullable Integer status, @Nullable String reqId, @Nullable String message)
      implements Outcome {
    /** Cuts the message and the id. */
    public Accepted {
      reqId = cut(reqId, 255);
      message = cut(message, MAX_MESSAGE);
    }
  }

  /** The server refused the content: at least one action of the request is at fault. */
  record Refused(@Nullable Integer status, @Nullable String message) implements Outcome {
    /** Cuts the message. */
    public Refused {
      message = cut(message, MAX_MESSAGE);
    }
  }

  /** The destination is down, out of reach, busy, or wrongly configured: no action is at fault. */
  record Unavailable(@Nullable Integer status, @Nullable String message) implements Outcome {
    /** Cuts the message. */
    public Unavailable {
      message = cut(message, MAX_MESSAGE);
    }
  }

  /** Bytes may have left, and no usable answer came: the server may have taken the request. */
  record Unknown(@Nullable Integer status, @Nullable String message) implements Outcome {
    /** Cuts the message. */
    public Unknown {
      message = cut(message, MAX_MESSAGE);
    }
  }

  /** Returns its name in {@code outbox_request.outcome}. */
  default String name() {
    if (this instanceof Accepted) {
      return "accepted";
    } else if (this instanceof Refused) {
      return "refused";
    } else if (this instanceof Unavailable) {
      return "unavailable";
    }
    return "unknown";
  }

  private static @Nullable String cut(@Nullable String text, int length) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    // No text column of PostgreSQL holds a NUL, and a pair must not be cut in two.
    String clean = Objects.requireNonNull(text).replace('\0', ' ');
    if (clean.length() <= length) {
      return clean;
    }
    int end = Character.isHighSurrogate(clean.charAt(length - 1)) ? length - 1 : length;
    return clean.substring(0, end);
  }
}
