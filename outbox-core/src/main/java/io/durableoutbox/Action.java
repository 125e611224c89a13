package io.durableoutbox;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a user saw or clicked, to be reported to MoEngage exactly once.
 *
 * <p>Its UUID and its time are fixed when it is built, so that every attempt to deliver it says the
 * same. Immutable and checked: whatever would earn a 400 from {@code POST /v1/experiences/events}
 * is refused here, with an {@link InvalidActionException} that names the field.
 *
 * <p>{@link #toString()} holds no personal data.
 */
public final class Action {
  /** The workspace of an action that names none. */
  public static final String DEFAULT_WORKSPACE = "default";

  private static final AtomicIntegerFieldUpdater<Action> TAKEN =
      AtomicIntegerFieldUpdater.newUpdater(Action.class, "taken");

  private final String workspace;
  private final UUID eventUuid;
  private final boolean eventUuidGiven;
  private final String customerId;
  private final @Nullable Integer userTimezoneOffset;
  private final @Nullable String userAttributes;
  private final Type type;
  private final Instant eventTime;
  private final Platform platform;
  private final String attributes;

  /** Nothing that the action says; only whether {@link #takeFresh()} has been answered. */
  @SuppressWarnings("UnusedVariable") // by reflection
  private volatile int taken;

  private Action(Builder b) {
    this.workspace = b.workspace == null ? DEFAULT_WORKSPACE : b.workspace;
    this.eventUuidGiven = b.eventUuid != null;
    this.eventUuid = b.eventUuid == null ? UUID.randomUUID() : b.eventUuid;
    this.customerId = b.customerId;
    this.userTimezoneOffset = b.userTimezoneOffset;
    this.userAttributes = b.userAttributes;
    this.type = b.type;
    this.eventTime =
        (b.eventTime == null ? Instant.now(b.clock) : b.eventTime).truncatedTo(ChronoUnit.SECONDS);
    this.platform =
        Objects.requireNonNull(b.platform); // build() has refused its absence with a better message
    this.attributes = b.bId == null ? b.attributes : Json.withString(b.attributes, "b_id", b.bId);
  }

  /**
   * Starts an action that says: the user was shown the experience.
   *
   * @param customerId the user, as MoEngage knows them; 2 to 512 characters. An id that MoEngage
   *     does not know makes a new profile there, so placeholders like "guest" or "null" are refused
   * @param experienceContext the {@code experience_context} of the fetch response, whole; passed on
   *     unchanged. Holds at least the strings cid, experience, moe_locale_id, moe_variation_id,
   *     audience_name and audience_id
   * @throws InvalidActionException if one of them can't be accepted
   */
  public static Builder shown(String customerId, Map<String, ?> experienceContext) {
    return new Builder(Type.SHOWN, customerId, Json.write("attributes", experienceContext));
  }

  /**
   * Starts an action that says: the user was shown the experience.
   *
   * @param customerId as in {@link #shown(String, Map)}
   * @param experienceContextJson the {@code experience_context} of the fetch response as the text
   *     of one JSON object, stored and sent byte for byte. At most 31 levels, 50,000 characters in
   *     a name and 1,000 in a number; no number beyond 1.79e308, with more than 308 digits before
   *     its point or an exponent outside -1000 to 308; no half of a surrogate pair, not as an
   *     escape either: one of the supported databases can't hold each of these
   * @throws InvalidActionException if one of them can't be accepted
   */
  public static Builder shown(String customerId, String experienceContextJson) {
    return new Builder(Type.SHOWN, customerId, experienceContextJson);
  }

  /**
   * Starts an action that says: the user clicked the experience.
   *
   * @param customerId as in {@link #shown(String, Map)}
   * @param experienceContext as in {@link #shown(String, Map)}
   * @throws InvalidActionException if one of them can't be accepted
   */
  public static Builder clicked(String customerId, Map<String, ?> experienceContext) {
    return new Builder(Type.CLICKED, customerId, Json.write("attributes", experienceContext));
  }

  /**
   * Starts an action that says: the user clicked the experience.
   *
   * @param customerId as in {@link #shown(String, Map)}
   * @param experienceContextJson as in {@link #shown(String, String)}
   * @throws InvalidActionException if one of them can't be accepted
   */
  public static Builder clicked(String customerId, String experienceContextJson) {
    return new Builder(Type.CLICKED, customerId, experienceContextJson);
  }

  /** Returns the name of the workspace that it is for; {@link #DEFAULT_WORKSPACE} unless set. */
  public String workspace() {
    return workspace;
  }

  /** Returns the {@code moe_event_uuid}, a version 4 UUID. */
  public UUID eventUuid() {
    return eventUuid;
  }

  /** Tells whether the caller brought the UUID, so that it may have been written before. */
  public boolean eventUuidGiven() {
    return eventUuidGiven;
  }

  /**
   * Tells one caller, once, that the action can't have been written yet: its UUID was drawn when it
   * was built, and nobody has asked before. For stores, which need not look for such an action. To
   * take it and not to write leaves the action as good as it was, only dearer to write.
   * Thread-safe.
   */
  public boolean takeFresh() {
    return !eventUuidGiven && TAKEN.compareAndSet(this, 0, 1);
  }

  /** Returns the {@code customer_id}. Personal data. */
  public String customerId() {
    return customerId;
  }

  /** Returns the {@code user_timezone_offset} in seconds, if set. */
  public OptionalInt userTimezoneOffset() {
    return userTimezoneOffset == null ? OptionalInt.empty() : OptionalInt.of(userTimezoneOffset);
  }

  /** Returns the {@code user_attributes} as the text of a JSON object, if set. Personal data. */
  public Optional<String> userAttributes() {
    return Optional.ofNullable(userAttributes);
  }

  /** Returns what the user did. */
  public Type type() {
    return type;
  }

  /** Returns the {@code event_time}, in whole seconds. */
  public Instant eventTime() {
    return eventTime;
  }

  /** Returns the {@code platform}. */
  public Platform platform() {
    return platform;
  }

  /** Returns the {@code attributes} as the text of a JSON object, as it is stored and sent. */
  public String attributes() {
    return attributes;
  }

  /** Names the action by its UUID and type only. */
  @Override
  public String toString() {
    return "Action[" + type + " " + eventUuid + "]";
  }

  /** What the user did: the values of {@code action} in MoEngage's API. */
  public enum Type {
    /** The experience was shown to the user. */
    SHOWN("MOE_PERSONALIZATION_MESSAGE_SHOWN"),
    /** The user clicked the experience. */
    CLICKED("MOE_PERSONALIZATION_MESSAGE_CLICKED");

    private final String wireName;

    Type(String wireName) {
      this.wireName = wireName;
    }

    /** Returns the name that is stored and sent. */
    public String wireName() {
      return wireName;
    }
  }

  /**
   * Builds an {@link Action}. Each setter checks its argument and may be called once. Not
   * thread-safe.
   */
  public static final class Builder {
    private final Type type;
    private final String customerId;
    private final String attributes;
    private @Nullable String workspace;
    private @Nullable UUID eventUuid;
    private @Nullable Integer userTimezoneOffset;
    private @Nullable String userAttributes;
    private @Nullable Instant eventTime;
    private @Nullable Platform platform;
    private @Nullable String bId;
    private Clock clock = Clock.systemUTC();

    private Builder(Type type, String customerId, String attributes) {
      this.type = type;
      this.customerId = ActionRules.customerId(customerId);
      this.attributes = ActionRules.attributes(attributes);
    }

    /**
     * Sets where the user saw or clicked. Required.
     *
     * @throws InvalidActionException if it is null
     */
    public Builder platform(Platform value) {
      unset("platform", platform);
      platform = ActionRules.present("platform", value);
      return this;
    }

    /**
     * Sets the MoEngage workspace by the name that its {@link MoEngage} has; default {@link
     * #DEFAULT_WORKSPACE}.
     *
     * @param name 1 to 64 letters, digits, dots, underscores or hyphens
     */
    public Builder workspace(String name) {
      unset("workspace", workspace);
      workspace = ActionRules.workspace(name);
      return this;
    }

    /**
     * Sets the {@code moe_event_uuid} instead of a fresh random one, for callers that can be called
     * twice for the same event and bring a UUID that they keep. MoEngage counts a UUID once. Bring
     * the event's time as well, by {@link #eventTime}: a delivery is looked for from then on only.
     *
     * @param uuid a version 4 UUID
     */
    public Builder eventUuid(UUID uuid) {
      unset("moe_event_uuid", eventUuid);
      eventUuid = ActionRules.eventUuid(uuid);
      return this;
    }

    /**
     * Sets when the user saw or clicked instead of now; kept in whole seconds.
     *
     * @param time not before 2010 and at most a day ahead of this JVM's clock
     */
    public Builder eventTime(Instant time) {
      unset("event_time", eventTime);
      eventTime = ActionRules.eventTime(time, clock.instant());
      return this;
    }

    /**
     * Sets how far the user's local time is from UTC.
     *
     * @param seconds from -54000 to 54000, a multiple of 900 (a quarter of an hour), as the offset
     *     of every time zone is since 2010; so hours or minutes do not pass for seconds
     */
    public Builder userTimezoneOffset(int seconds) {
      unset("user_timezone_offset", userTimezoneOffset);
      userTimezoneOffset = ActionRules.userTimezoneOffset(seconds);
      return this;
    }

    /** Sets how far the user's local time is from UTC, -15 to 15 hours, in quarters of an hour. */
    public Builder userTimezoneOffset(ZoneOffset offset) {
      return userTimezoneOffset(
          ActionRules.present("user_timezone_offset", offset).getTotalSeconds());
    }

    /** Sets attributes of the user that MoEngage shall update in their profile. */
    public Builder userAttributes(Map<String, ?> values) {
      return userAttributes(Json.write("user_attributes", values));
    }

    /**
     * Sets attributes of the user that MoEngage shall update in their profile.
     *
     * @param json the text of one JSON object, stored and sent byte for byte
     */
    public Builder userAttributes(String json) {
      unset("user_attributes", userAttributes);
      userAttributes = ActionRules.userAttributes(json);
      return this;
    }

    /**
     * Sets {@code b_id}, the id of what was clicked, inside the attributes. Only for a click, and
     * only where the attributes have no {@code b_id} yet.
     */
    public Builder bId(String id) {
      unset("attributes.b_id", bId);
      if (type != Type.CLICKED) {
        throw new InvalidActionException(
            "attributes.b_id", "only a click has one; start the action with Action.clicked");
      }
      if (Json.hasField(attributes, "b_id")) {
        throw new InvalidActionException(
            "attributes.b_id", "the attributes have one already; leave out bId(...)");
      }
      bId = ActionRules.text("attributes.b_id", id);
      return this;
    }

    /**
     * Sets the clock that gives "now"; default: this JVM's. Call it before {@link #eventTime}.
     *
     * @param value for tests, a settable clock
     */
    public Builder clock(Clock value) {
      clock = Objects.requireNonNull(value, "clock");
      return this;
    }

    /**
     * Builds the action and fixes its UUID and time.
     *
     * @throws InvalidActionException if the platform is missing
     */
    public Action build() {
      if (platform == null) {
        throw new InvalidActionException(
            "platform", "is missing; call platform(...) with WEB, ANDROID, IOS or TV");
      }
      return new Action(this);
    }

    private static void unset(String field, @Nullable Object current) {
      if (current != null) {
        throw new InvalidActionException(field, "is set twice; remove one of the two calls");
      }
    }
  }
}
