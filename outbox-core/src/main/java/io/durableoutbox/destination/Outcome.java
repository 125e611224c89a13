package io.durableoutbox.destination;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What came of a request, by whose doing: the action's ({@link Refused}), the configuration's
 * ({@link Misconfigured}), the destination's ({@link RateLimited}, {@link Unavailable}), or {@link
 * Unknown}. Only a refusal ever leads to an action being given up.
 *
 * <p>{@code message} is the server's or the failure's words, at most {@value #MAX_MESSAGE}
 * characters, and goes into {@code outbox_request.message}, never into a log: a server may quote
 * what it was sent. What no text column holds is replaced: half of a surrogate pair by U+FFFD, and
 * control characters but line feeds and tabs by spaces.
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

  /** The content was refused: at least one action of the request is at fault. */
  record Refused(@Nullable Integer status, @Nullable String message) implements Outcome {
    /** Cuts the message. */
    public Refused {
      message = cut(message, MAX_MESSAGE);
    }
  }

  /**
   * Credentials, workspace id, data centre or address are wrong. Nothing is sent until they change,
   * somebody resumes the workspace, or a rare probe succeeds.
   */
  record Misconfigured(@Nullable Integer status, @Nullable String message) implements Outcome {
    /** Cuts the message. */
    public Misconfigured {
      message = cut(message, MAX_MESSAGE);
    }
  }

  /**
   * The server asks for patience.
   *
   * @param retryAfter for how long, as the server says, or null if it does not
   */
  record RateLimited(
      @Nullable Integer status, @Nullable String message, @Nullable Duration retryAfter)
      implements Outcome {
    /** Cuts the message. */
    public RateLimited {
      message = cut(message, MAX_MESSAGE);
    }
  }

  /**
   * The destination is down or out of reach, and nothing of the request can have reached it; or it
   * says that it processed nothing of it.
   */
  record Unavailable(@Nullable Integer status, @Nullable String message) implements Outcome {
    /** Cuts the message. */
    public Unavailable {
      message = cut(message, MAX_MESSAGE);
    }
  }

  /**
   * Bytes may have left, and no usable answer came: the server may have taken the request.
   *
   * @param retryAfter for how long the server asks to wait, or null if it does not
   */
  record Unknown(@Nullable Integer status, @Nullable String message, @Nullable Duration retryAfter)
      implements Outcome {
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
    } else if (this instanceof Misconfigured) {
      return "misconfigured";
    } else if (this instanceof RateLimited) {
      return "rate_limited";
    } else if (this instanceof Unavailable) {
      return "unavailable";
    }
    return "unknown";
  }

  /** Returns for how long the server asks to wait, or null if it does not. */
  default @Nullable Duration asksToWait() {
    if (this instanceof RateLimited limited) {
      return limited.retryAfter;
    }
    return this instanceof Unknown unknown ? unknown.retryAfter : null;
  }

  private static @Nullable String cut(@Nullable String text, int length) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    String cut = Objects.requireNonNull(text);
    if (cut.length() > length) {
      boolean inPair =
          Character.isHighSurrogate(cut.charAt(length - 1))
              && Character.isLowSurrogate(cut.charAt(length));
      cut = cut.substring(0, inPair ? length - 1 : length);
    }
    // No text column holds a NUL or half of a surrogate pair. Other control characters could forge
    // lines of a terminal or a log.
    StringBuilder clean = new StringBuilder(cut.length());
    cut.codePoints().forEach(c -> clean.appendCodePoint(storable(c)));
    return clean.toString();
  }

  private static int storable(int c) {
    if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
      return '\uFFFD';
    }
    return Character.isISOControl(c) && c != '\n' && c != '\t' ? ' ' : c;
  }
}
