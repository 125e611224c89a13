package io.durableoutbox.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A way to misbehave in one request, for {@link SimulatedDestination#next} and {@link
 * SimulatedDestination#always}.
 *
 * <p>Either the answer is replaced, and then nothing is accepted ({@link #status(int, String)} and
 * what is built on it), or the request is judged by the contract as ever and only its transport
 * suffers ({@link #delay}, {@link #slowAnswer}, {@link #truncatedAnswer}, {@link
 * #dropAfterAccepting}). {@link #after}, {@link #slowly} and {@link #truncated} add trouble to a
 * fault: {@code Fault.status(503).after(Duration.ofSeconds(2))}.
 *
 * <p>Immutable.
 */
public final class Fault {
  /** An answer instead of the contract's. */
  record Substitute(int status, String contentType, String body, Map<String, String> headers) {}

  /** When the connection is closed instead of answered. */
  enum Drop {
    NEVER,
    BEFORE_READING,
    UNACCEPTED,
    AFTER_ACCEPTING
  }

  private static final String JSON = "application/json";
  private static final Fault NONE =
      new Fault("none", null, Drop.NEVER, Duration.ZERO, Duration.ZERO, false);
  // An HTTP date has two digits for the day, which RFC_1123_DATE_TIME has not.
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final String name;
  final @Nullable Substitute substitute;
  final Drop drop;
  final Duration delay;
  final Duration trickle;
  final boolean cut;

  private Fault(
      String name,
      @Nullable Substitute substitute,
      Drop drop,
      Duration delay,
      Duration trickle,
      boolean cut) {
    this.name = name;
    this.substitute = substitute;
    this.drop = drop;
    this.delay = delay;
    this.trickle = trickle;
    this.cut = cut;
  }

  /**
   * No misbehaviour; lets a request pass between two faults of {@link SimulatedDestination#next}.
   */
  public static Fault none() {
    return NONE;
  }

  /**
   * Answers a status with a JSON body, and accepts nothing.
   *
   * @param status 200 to 599
   * @param body sent in UTF-8; must be empty for 204 and 304
   * @throws IllegalArgumentException if the status is out of range or must not have this body
   */
  public static Fault status(int status, String body) {
    return answer(status, JSON, body, Map.of());
  }

  /** Answers a status, 200 to 599, with an empty body, and accepts nothing. */
  public static Fault status(int status) {
    return status(status, "");
  }

  /** Answers 401 as when the key is wrong. */
  public static Fault unauthorized() {
    return status(401, Answers.UNAUTHORIZED);
  }

  /** Answers 400 as when the workspace or the data centre is wrong. */
  public static Fault clientNotFound() {
    return status(400, Answers.CLIENT_NOT_FOUND);
  }

  /** Answers 400 as if one of the events were malformed. */
  public static Fault invalidField() {
    return status(400, Answers.invalidField("actions"));
  }

  /** Answers 400 as a sibling API does when the account is blocked. */
  public static Fault blacklisted() {
    return status(400, Answers.siblingError("Blacklisted", "Your account is blacklisted"));
  }

  /** Answers 400 as a sibling API does when the workspace id is wrong. */
  public static Fault invalidAppId() {
    return status(400, Answers.siblingError("InvalidParams", "Given app_id is invalid"));
  }

  /** Answers 400 as a sibling API does when a proxy has taken a header away. */
  public static Fault contentTypeRequired() {
    return status(400, Answers.siblingError("Bad Request", "The Content-Type Header is required"));
  }

  /** Answers 200 with a page of HTML, as a maintenance page or a captive portal does. */
  public static Fault maintenancePage() {
    return answer(
        200,
        "text/html",
        "<html><body><h1>We are down for maintenance</h1></body></html>",
        Map.of());
  }

  /** Answers 200 with JSON that says {@code fail}, and accepts nothing. */
  public static Fault failedSuccess() {
    return status(200, "{\"status\":\"fail\",\"message\":\"Your request has failed.\"}");
  }

  /** Answers 429 with {@code Retry-After} in whole seconds, rounded down. */
  public static Fault rateLimited(Duration retryAfter) {
    return rateLimited("Retry-After", Long.toString(notNegative(retryAfter).toSeconds()));
  }

  /** Answers 429 with {@code Retry-After} as an HTTP date. */
  public static Fault rateLimitedUntil(Instant time) {
    return rateLimited("Retry-After", HTTP_DATE.format(time));
  }

  /** Answers 429 with a header of your choice, for example {@code x-ratelimit-reset}. */
  public static Fault rateLimited(String header, String value) {
    return status(429, Answers.RATE_LIMITED).header(header, value);
  }

  /** Answers 302 to a location. */
  public static Fault redirect(String location) {
    return answer(302, "text/html", "", Map.of("Location", location));
  }

  /**
   * Answers a status with HTML, like a gateway's error page; for an empty one see {@link
   * #status(int)}, for one that is cut off {@link #truncated}.
   *
   * @param status 200 to 599
   * @param bytes the body's size, for example 5,000,000
   */
  public static Fault html(int status, int bytes) {
    String start = "<html>";
    if (bytes < start.length()) {
      throw new IllegalArgumentException("HTML needs at least " + start.length() + " bytes");
    }
    return answer(status, "text/html", start + "x".repeat(bytes - start.length()), Map.of());
  }

  /** Works as ever, but answers only after the delay. */
  public static Fault delay(Duration delay) {
    return NONE.after(delay);
  }

  /**
   * Closes the connection without reading, so nothing is accepted. For {@link
   * SimulatedDestination#poison} it has to be read, which makes it {@link #dropUnaccepted}.
   */
  public static Fault dropBeforeAccepting() {
    return dropping("drop before accepting", Drop.BEFORE_READING);
  }

  /** Reads the request, accepts nothing and closes the connection without an answer. */
  public static Fault dropUnaccepted() {
    return dropping("drop unaccepted", Drop.UNACCEPTED);
  }

  /** Accepts what is valid and closes the connection without an answer. */
  public static Fault dropAfterAccepting() {
    return dropping("drop after accepting", Drop.AFTER_ACCEPTING);
  }

  /** Works as ever, but the answer's body trickles over the duration. */
  public static Fault slowAnswer(Duration duration) {
    return NONE.slowly(duration);
  }

  /** Works as ever, but announces a longer answer than it sends, and closes the connection. */
  public static Fault truncatedAnswer() {
    return NONE.truncated();
  }

  /**
   * Adds a header to the answer that this fault gives.
   *
   * @throws IllegalStateException if this fault replaces no answer
   */
  public Fault header(String header, String value) {
    Substitute s = substitute;
    if (s == null) {
      throw new IllegalStateException("only a fault with an answer of its own can have a header");
    }
    Map<String, String> headers = new LinkedHashMap<>(s.headers);
    headers.put(Objects.requireNonNull(header), Objects.requireNonNull(value));
    Substitute with = new Substitute(s.status, s.contentType, s.body, Map.copyOf(headers));
    return new Fault(name, with, drop, delay, trickle, cut);
  }

  /** Adds a delay before the answer, or before the connection is dropped; delays add up. */
  public Fault after(Duration moreDelay) {
    Duration sum = delay.plus(notNegative(moreDelay));
    return new Fault(name + " after " + moreDelay, substitute, drop, sum, trickle, cut);
  }

  /** Lets the answer's body trickle, in at most 100 pieces, over the duration. */
  public Fault slowly(Duration duration) {
    notNegative(duration);
    return new Fault(name + " over " + duration, substitute, drop, delay, duration, cut);
  }

  /** Announces a longer answer than is sent, and closes the connection in its middle. */
  public Fault truncated() {
    return new Fault(name + " truncated", substitute, drop, delay, trickle, true);
  }

  /** What it does, for the names of parameterized tests. */
  @Override
  public String toString() {
    return name;
  }

  private static Fault answer(
      int status, String contentType, String body, Map<String, String> headers) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("status must be 200 to 599, not " + status);
    }
    if ((status == 204 || status == 304) && !body.isEmpty()) {
      throw new IllegalArgumentException("an answer with status " + status + " has no body");
    }
    Substitute substitute = new Substitute(status, contentType, body, headers);
    String name = "status " + status;
    return new Fault(name, substitute, Drop.NEVER, Duration.ZERO, Duration.ZERO, false);
  }

  private static Fault dropping(String name, Drop drop) {
    return new Fault(name, null, drop, Duration.ZERO, Duration.ZERO, false);
  }

  static Duration notNegative(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("a duration can't be negative: " + duration);
    }
    return duration;
  }
}
