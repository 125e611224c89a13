package io.durableoutbox.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/**
 * A way to misbehave, for {@link SimulatedDestination#next} and {@link
 * SimulatedDestination#always}.
 */
public sealed interface Fault {
  /**
   * Answers this and accepts nothing.
   *
   * @param status the HTTP status
   * @param contentType the Content-Type
   * @param body the body
   * @param headers more headers
   */
  record Answer(int status, String contentType, String body, Map<String, String> headers)
      implements Fault {
    /** Copies the headers. */
    public Answer {
      headers = Map.copyOf(headers);
    }
  }

  /** Works as always, but answers only after the delay. */
  record Delay(Duration delay) implements Fault {}

  /** Closes the connection without reading, so nothing is accepted. */
  record DropBeforeAccepting() implements Fault {}

  /** Accepts and closes the connection without an answer. */
  record DropAfterAccepting() implements Fault {}

  /** Accepts and lets the answer trickle, byte by byte, over the duration. */
  record SlowAnswer(Duration duration) implements Fault {}

  /** Accepts, announces a longer answer than it sends, and closes the connection. */
  record TruncatedAnswer() implements Fault {}

  /** Answers a status with a JSON body. */
  static Fault status(int status, String body) {
    return new Answer(status, "application/json", body, Map.of());
  }

  /** Answers a status with an empty body. */
  static Fault status(int status) {
    return status(status, "");
  }

  /** Answers as when the key is wrong. */
  static Fault unauthorized() {
    return status(401, Answers.UNAUTHORIZED);
  }

  /** Answers as when the workspace or the data centre is wrong. */
  static Fault clientNotFound() {
    return status(400, Answers.CLIENT_NOT_FOUND);
  }

  /** Answers as if one of the events were malformed. */
  static Fault invalidField() {
    return status(400, Answers.invalidField("actions"));
  }

  /** Answers 429 with {@code Retry-After} in seconds. */
  static Fault rateLimited(Duration retryAfter) {
    return rateLimited("Retry-After", Long.toString(retryAfter.toSeconds()));
  }

  /** Answers 429 with {@code Retry-After} as an HTTP date. */
  static Fault rateLimitedUntil(Instant time) {
    return rateLimited(
        "Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atOffset(ZoneOffset.UTC)));
  }

  /** Answers 429 with a header of your choice, for example {@code x-ratelimit-reset}. */
  static Fault rateLimited(String header, String value) {
    return new Answer(429, "application/json", Answers.RATE_LIMITED, Map.of(header, value));
  }

  /** Answers a redirect. */
  static Fault redirect(String location) {
    return new Answer(302, "text/html", "", Map.of("Location", location));
  }

  /** Answers a status with so many bytes of HTML. */
  static Fault html(int status, int bytes) {
    return new Answer(status, "text/html", "<html>" + "x".repeat(Math.max(0, bytes - 6)), Map.of());
  }

  /** Answers after a delay. */
  static Fault delay(Duration delay) {
    return new Delay(delay);
  }

  /** Closes the connection without reading. */
  static Fault dropBeforeAccepting() {
    return new DropBeforeAccepting();
  }

  /** Accepts and closes the connection without an answer. */
  static Fault dropAfterAccepting() {
    return new DropAfterAccepting();
  }

  /** Accepts and answers slowly. */
  static Fault slowAnswer(Duration duration) {
    return new SlowAnswer(duration);
  }

  /** Accepts and breaks its answer off. */
  static Fault truncatedAnswer() {
    return new TruncatedAnswer();
  }
}
