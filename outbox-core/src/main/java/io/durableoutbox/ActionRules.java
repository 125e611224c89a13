package io.durableoutbox;

import io.durableoutbox.destination.ClaimedAction;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What MoEngage accepts, field by field: {@code POST /v1/experiences/events} and, where that is
 * silent, its sibling Data API. Used when an action is built, and by the relay for rows that others
 * wrote.
 */
final class ActionRules {
  private static final Instant EARLIEST = Instant.parse("2010-01-01T00:00:00Z");
  private static final Duration FUTURE = Duration.ofDays(1);
  private static final int MAX_OFFSET_SECONDS = 54_000;

  // More than any offset has hours or minutes, so that neither passes for seconds.
  private static final int OFFSET_STEP_SECONDS = 900;
  private static final int MAX_CUSTOMER_ID = 512;
  private static final Pattern SPACES = Pattern.compile("[\\s\\h\\v]");
  private static final Pattern WORKSPACE = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  // The ids that the Data API refuses, in its own list.
  private static final Set<String> JUNK_IDS =
      Set.of(
          "unknown",
          "guest",
          "null",
          "0",
          "1",
          "2",
          "-1",
          "-2",
          "true",
          "false",
          "none",
          "na",
          "n/a",
          "id",
          "uid",
          "userid",
          "user_id",
          "customer_id",
          "user_attribute_unique_id",
          "(empty)",
          "dummy_seller_code");

  private static final int LONGEST_JUNK_ID =
      JUNK_IDS.stream().mapToInt(String::length).max().orElseThrow();

  private static final List<String> REQUIRED_ATTRIBUTES =
      List.of(
          "cid", "experience", "moe_locale_id", "moe_variation_id", "audience_name", "audience_id");

  private static final RecentTexts GOOD_ATTRIBUTES = new RecentTexts();

  private static final Set<String> TYPES =
      Arrays.stream(Action.Type.values())
          .map(Action.Type::wireName)
          .collect(Collectors.toUnmodifiableSet());
  private static final Set<String> PLATFORMS =
      Arrays.stream(Platform.values())
          .map(Platform::wireName)
          .collect(Collectors.toUnmodifiableSet());

  private ActionRules() {}

  /** Refuses an absent value; callers without null checks are many. */
  static <T> T present(String field, @Nullable T value) {
    if (value == null) {
      throw new InvalidActionException(field, "is null; pass a value or leave the call out");
    }
    return value;
  }

  /** Refuses text that no database and no JSON can hold. */
  static String text(String field, @Nullable String value) {
    String text = present(field, value);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new InvalidActionException(
            field, "has a NUL character, which no text column can hold; remove it");
      }
      if (Character.isSurrogate(c)) {
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          throw new InvalidActionException(
              field, "has half of a surrogate pair, so it is not Unicode text; cut it elsewhere");
        }
      }
    }
    return text;
  }

  static String customerId(@Nullable String value) {
    String id = text("customer_id", value);
    int printable = printableAscii(id);
    if (id.length() <= MAX_CUSTOMER_ID && printable > LONGEST_JUNK_ID) {
      return id;
    }
    String visible = printable == id.length() ? id : SPACES.matcher(id).replaceAll("");
    if (visible.isEmpty()) {
      throw new InvalidActionException("customer_id", "is empty; pass the user's id in MoEngage");
    }
    if (id.length() > MAX_CUSTOMER_ID) {
      throw new InvalidActionException(
          "customer_id",
          "has " + id.length() + " characters, but at most " + MAX_CUSTOMER_ID + " are possible");
    }
    if (JUNK_IDS.contains(visible.toLowerCase(Locale.ROOT))) {
      throw new InvalidActionException(
          "customer_id",
          "is a placeholder that MoEngage refuses (like guest, null or 0); pass the user's id, or"
              + " write no action for users without an id");
    }
    if (visible.codePointCount(0, visible.length()) < 2) {
      throw new InvalidActionException(
          "customer_id", "has one character, which MoEngage refuses; pass the user's id");
    }
    return id;
  }

  private static int printableAscii(String text) {
    int n = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > ' ' && text.charAt(i) < 0x7f) {
        n++;
      }
    }
    return n;
  }

  /** Tells whether a workspace may have this name. */
  static boolean isWorkspace(String name) {
    return WORKSPACE.matcher(name).matches();
  }

  static String workspace(@Nullable String name) {
    if (!isWorkspace(present("workspace", name))) {
      throw new InvalidActionException(
          "workspace", "must be 1 to 64 letters, digits, dots, underscores or hyphens");
    }
    return Objects.requireNonNull(name);
  }

  static UUID eventUuid(@Nullable UUID uuid) {
    UUID value = present("moe_event_uuid", uuid);
    if (value.version() != 4 || value.variant() != 2) {
      throw new InvalidActionException(
          "moe_event_uuid",
          "is not a version 4 UUID; use UUID.randomUUID() and keep it with the event");
    }
    return value;
  }

  static Instant eventTime(@Nullable Instant time, Instant now) {
    Instant value = present("event_time", time);
    if (value.isBefore(EARLIEST)) {
      throw new InvalidActionException(
          "event_time",
          "is before 2010; if it came from a number, that number is in seconds and was read as"
              + " milliseconds: use Instant.ofEpochSecond");
    }
    if (value.isAfter(now.plus(FUTURE))) {
      throw new InvalidActionException(
          "event_time",
          "is more than a day ahead; if it came from a number, that number is in milliseconds and"
              + " was read as seconds: use Instant.ofEpochMilli");
    }
    return value;
  }

  static int userTimezoneOffset(int seconds) {
    if (seconds < -MAX_OFFSET_SECONDS || seconds > MAX_OFFSET_SECONDS) {
      throw new InvalidActionException(
          "user_timezone_offset",
          "must be from -54000 to 54000 seconds; it is seconds, not minutes or milliseconds");
    }
    if (seconds % OFFSET_STEP_SECONDS != 0) {
      throw new InvalidActionException(
          "user_timezone_offset",
          "must be a multiple of 900, as the offset of every time zone is; it is seconds, not hours"
              + " or minutes");
    }
    return seconds;
  }

  static String attributes(@Nullable String json) {
    String text = present("attributes", json);
    if (!GOOD_ATTRIBUTES.contains(text)) {
      Json.checkObject("attributes", text("attributes", text), REQUIRED_ATTRIBUTES);
      GOOD_ATTRIBUTES.add(text);
    }
    return text;
  }

  static String userAttributes(@Nullable String json) {
    String text = text("user_attributes", json);
    Json.checkObject("user_attributes", text, List.of());
    return text;
  }

  /**
   * Finds what the destination would refuse in a row that the library did not check when it was
   * written.
   *
   * @return the field and its problem, without its value; empty if it can be sent
   */
  static Optional<String> problem(ClaimedAction action) {
    try {
      customerId(action.customerId());
      eventUuid(action.eventUuid());
      attributes(action.attributes());
      if (action.userAttributes() != null) {
        userAttributes(action.userAttributes());
      }
      if (action.userTimezoneOffset() != null) {
        userTimezoneOffset(action.userTimezoneOffset());
      }
      oneOf("action", action.action(), TYPES);
      oneOf("platform", action.platform(), PLATFORMS);
      if (action.eventTimeSeconds() < EARLIEST.getEpochSecond()) {
        throw new InvalidActionException("event_time", "is before 2010");
      }
      // What is larger than a request is sent alone, whoever wrote it.
      if (action.bytes() > ClaimedAction.MAX_BYTES) {
        throw new InvalidActionException(
            "attributes",
            "make the action "
                + action.bytes()
                + " bytes, but at most "
                + ClaimedAction.MAX_BYTES
                + " are possible; send less");
      }
      return Optional.empty();
    } catch (InvalidActionException e) {
      return Optional.ofNullable(e.getMessage());
    }
  }

  private static void oneOf(String field, String value, Set<String> known) {
    if (!known.contains(value)) {
      throw new InvalidActionException(field, "must be one of " + new java.util.TreeSet<>(known));
    }
  }
}
