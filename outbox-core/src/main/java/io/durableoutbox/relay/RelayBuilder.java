package io.durableoutbox.relay;

import io.durableoutbox.RelayListener;
import io.durableoutbox.WakeUpSource;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.store.RelayStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Relay}. Each setter checks its argument; {@link #build} checks them together. Not
 * thread-safe.
 */
public final class RelayBuilder {
  private static final Duration MIN_WHILE_WOKEN = Duration.ofSeconds(5);

  private final RelayStore store;
  private final List<Destination> destinations;
  private String name =
      "relay-"
          + ProcessHandle.current().pid()
          + "-"
          + Integer.toHexString(new SecureRandom().nextInt());
  private Duration pollInterval = Duration.ofMillis(500);
  private Duration lease = Duration.ofSeconds(60);
  private Duration retryMin = Duration.ofSeconds(1);
  private Duration retryMax = Duration.ofMinutes(5);
  private Duration closeTimeout = Duration.ofSeconds(30);
  private Duration maxRetryAfter = Duration.ofMinutes(15);
  private Duration dedupeWindow = Duration.ofHours(24);
  private int maxRefusalsInARow = 20;
  private int minRequestsInFlight = 1;
  private int maxRequestsInFlight = 8;
  private int maxElementsPerRequest = 100;
  private int maxActionsPerRequest = 1_000;
  private int maxRequestBytes = 100_000;
  private int maxRequestsPerMinute;
  private int maxActionsPerMinute;
  private RelayListener listener = event -> {};
  private @Nullable WakeUpSource wakeUpSource;
  private @Nullable Duration pollIntervalWhileWoken;

  RelayBuilder(RelayStore store, List<Destination> destinations) {
    this.store = Objects.requireNonNull(store, "store");
    this.destinations = destinations;
  }

  /**
   * Sets the name that claims and requests carry, to tell relays apart in SQL and logs; default:
   * made from the process id.
   *
   * @param value 1 to 100 letters, digits, dots, underscores or hyphens
   */
  public RelayBuilder name(String value) {
    if (!value.matches("[A-Za-z0-9._-]{1,100}")) {
      throw new IllegalArgumentException(
          "name must be 1 to 100 letters, digits, dots, underscores or hyphens");
    }
    name = value;
    return this;
  }

  /**
   * Sets how long an idle relay waits at most before it looks again, and up to 4 % less, so that
   * relays don't look in step; default 500 ms. It bounds how late an action leaves that nobody
   * announced with {@link Relay#wakeUp}, unless there is a source of wake-ups; see {@link
   * #wakeUpBy}. While more is waiting, the relay does not wait. Above 500 ms HikariCP asks before
   * each look whether its connection lives, one more round trip.
   *
   * @param value at least 1 ms
   */
  public RelayBuilder pollInterval(Duration value) {
    pollInterval = atLeast("pollInterval", value, Duration.ofMillis(1));
    return this;
  }

  /**
   * Sets how long claimed actions are held; default 60 s. When a relay dies, others wait so long
   * before they take over. It must exceed every destination's call timeout by 5 s.
   *
   * @param value at least 1 s
   */
  public RelayBuilder lease(Duration value) {
    lease = atLeast("lease", value, Duration.ofSeconds(1));
    return this;
  }

  /**
   * Sets the bounds of the time that a workspace is paused for after a failure which is not an
   * action's, that an action waits which fails alone while others pass, and that the store is left
   * alone after a call which failed; default 1 s and 5 min. The wait doubles with each failure in a
   * row and is drawn at random between the lower bound and that. Credentials that change are tried
   * at once.
   *
   * @param min at least 1 ms
   * @param max at least {@code min}
   */
  public RelayBuilder retryBackoff(Duration min, Duration max) {
    atLeast("the lower bound of retryBackoff", min, Duration.ofMillis(1));
    retryMax = atLeast("the upper bound of retryBackoff", max, min);
    retryMin = min;
    return this;
  }

  /**
   * Sets the longest pause that the destination may ask for with {@code Retry-After} or {@code
   * x-ratelimit-reset}; default 15 min. What it asks for beyond that is cut, since a broken header
   * must not stop the delivery for years.
   *
   * @param value at least 1 s
   */
  public RelayBuilder maxRetryAfter(Duration value) {
    maxRetryAfter = atLeast("maxRetryAfter", value, Duration.ofSeconds(1));
    return this;
  }

  /**
   * Sets for how long the destination is trusted to recognise an event UUID that it may have taken
   * before; default 24 h. MoEngage documents no such time. An action whose oldest attempt with an
   * unknown outcome is older is sent all the same, and told of before: in the log and as {@link
   * RelayEvent.LongUnknown}.
   *
   * @param value at least 1 s
   */
  public RelayBuilder dedupeWindow(Duration value) {
    dedupeWindow = atLeast("dedupeWindow", value, Duration.ofSeconds(1));
    return this;
  }

  /**
   * Sets how many actions are rejected one after the other, each refused alone and each of another
   * customer, while nothing is accepted; default 20. After that the destination is to blame: a few
   * more are tried, nothing is rejected any more, and the workspace is paused with the cause {@code
   * refused} until an action is accepted. Each relay counts for itself, and learns from the pause.
   *
   * @param value from 1 to 10,000
   */
  public RelayBuilder maxRefusalsInARow(int value) {
    maxRefusalsInARow = within("maxRefusalsInARow", value, 1, 10_000);
    return this;
  }

  /**
   * Sets who is told what the relay does; default nobody.
   *
   * @param value its javadoc says on which thread and in which order it is called
   */
  public RelayBuilder listener(RelayListener value) {
    listener = Objects.requireNonNull(value, "listener");
    return this;
  }

  /**
   * Sets what wakes the relay when others have committed, so that it polls less often; default
   * nothing. {@link Relay#runOnce} does without.
   *
   * @param source its own; the relay starts and closes it
   */
  public RelayBuilder wakeUpBy(WakeUpSource source) {
    wakeUpSource = Objects.requireNonNull(source, "wakeUpBy");
    return this;
  }

  /**
   * Sets how long an idle relay waits before it looks again while its source of wake-ups is up;
   * default ten times the poll interval, and at least 5 s. It bounds how late an action leaves
   * whose wake-up was missed, or that a relay which died had claimed, beyond its lease.
   *
   * @param value at least the poll interval; needs {@link #wakeUpBy}
   */
  public RelayBuilder pollIntervalWhileWoken(Duration value) {
    pollIntervalWhileWoken = atLeast("pollIntervalWhileWoken", value, Duration.ofMillis(1));
    return this;
  }

  /**
   * Sets how long {@link Relay#close} waits for what is out; default 30 s.
   *
   * @param value at least 1 ms
   */
  public RelayBuilder closeTimeout(Duration value) {
    closeTimeout = atLeast("closeTimeout", value, Duration.ofMillis(1));
    return this;
  }

  /**
   * Sets how many requests may be out at once at most, for each workspace; default 8. The relay
   * sends fewer at once when answers get slow, when it was asked for patience, and after a pause,
   * and then one more with each windowful that is answered well. It holds in memory at most what
   * fills three times as many requests.
   *
   * @param value from 1 to 256
   */
  public RelayBuilder maxRequestsInFlight(int value) {
    maxRequestsInFlight = within("maxRequestsInFlight", value, 1, 256);
    return this;
  }

  /**
   * Sets below which number of requests at once it does not go because answers are slow; default 1.
   * The probe that ends a pause is always one request.
   *
   * @param value from 1 to {@code maxRequestsInFlight}
   */
  public RelayBuilder minRequestsInFlight(int value) {
    minRequestsInFlight = within("minRequestsInFlight", value, 1, 256);
    return this;
  }

  /**
   * Sets how many requests this relay may send to each workspace in a minute, evenly spread;
   * default any number. Several relays share no count: give each its part.
   *
   * @param value from 1 to 1,000,000
   */
  public RelayBuilder maxRequestsPerMinute(int value) {
    maxRequestsPerMinute = within("maxRequestsPerMinute", value, 1, 1_000_000);
    return this;
  }

  /**
   * Sets how many actions this relay may send to each workspace in a minute, repetitions included;
   * default any number. A request is not made smaller for it: the next one waits. Several relays
   * share no count: give each its part.
   *
   * @param value from 1 to 100,000,000
   */
  public RelayBuilder maxActionsPerMinute(int value) {
    maxActionsPerMinute = within("maxActionsPerMinute", value, 1, 100_000_000);
    return this;
  }

  /**
   * Sets how many users a request may have; default 100, which is also the API's limit.
   *
   * @param value from 1 to 100
   */
  public RelayBuilder maxElementsPerRequest(int value) {
    maxElementsPerRequest = within("maxElementsPerRequest", value, 1, 100);
    return this;
  }

  /**
   * Sets how many actions a request may have; default 1,000. The API documents no limit.
   *
   * @param value from 1 to 100,000
   */
  public RelayBuilder maxActionsPerRequest(int value) {
    maxActionsPerRequest = within("maxActionsPerRequest", value, 1, 100_000);
    return this;
  }

  /**
   * Sets how large a request's body may be; default 100,000 bytes. The API documents no limit, and
   * its siblings refuse more than that. An action that is larger by itself is sent alone, whoever
   * wrote it.
   *
   * @param value from 1,000 to 10,000,000
   */
  public RelayBuilder maxRequestBytes(int value) {
    maxRequestBytes = within("maxRequestBytes", value, 1_000, 10_000_000);
    return this;
  }

  /**
   * Builds the relay; starts nothing.
   *
   * @throws IllegalArgumentException if settings don't fit together
   */
  public Relay build() {
    if (destinations.isEmpty()) {
      throw new IllegalArgumentException("a relay needs at least one destination");
    }
    if (minRequestsInFlight > maxRequestsInFlight) {
      throw new IllegalArgumentException(
          "minRequestsInFlight "
              + minRequestsInFlight
              + " must not exceed maxRequestsInFlight "
              + maxRequestsInFlight);
    }
    if (pollIntervalWhileWoken != null && wakeUpSource == null) {
      throw new IllegalArgumentException(
          "pollIntervalWhileWoken needs a source of wake-ups; give one to wakeUpBy");
    }
    if (timeToPollWhileWoken().compareTo(pollInterval) < 0) {
      throw new IllegalArgumentException(
          "pollIntervalWhileWoken "
              + pollIntervalWhileWoken
              + " must not be less than pollInterval "
              + pollInterval);
    }
    Set<String> workspaces = new HashSet<>();
    for (Destination destination : destinations) {
      if (!workspaces.add(destination.workspace())) {
        throw new IllegalArgumentException(
            "two destinations serve workspace "
                + destination.workspace()
                + "; give each a name of its own");
      }
      Duration needed = destination.callTimeout().plus(RelaySettings.LEASE_MARGIN);
      if (lease.compareTo(needed) <= 0) {
        throw new IllegalArgumentException(
            "lease "
                + lease
                + " must exceed callTimeout "
                + destination.callTimeout()
                + " of workspace "
                + destination.workspace()
                + " by more than "
                + RelaySettings.LEASE_MARGIN);
      }
    }
    return new Relay(this);
  }

  Duration timeToClose() {
    return closeTimeout;
  }

  RelayStore store() {
    return store;
  }

  List<Destination> destinations() {
    return destinations;
  }

  RelayListener listener() {
    return listener;
  }

  @Nullable WakeUpSource wakeUpSource() {
    return wakeUpSource;
  }

  Duration timeToPollWhileWoken() {
    if (pollIntervalWhileWoken != null) {
      return pollIntervalWhileWoken;
    }
    Duration tenTimes = pollInterval.multipliedBy(10);
    return tenTimes.compareTo(MIN_WHILE_WOKEN) < 0 ? MIN_WHILE_WOKEN : tenTimes;
  }

  RelaySettings settings() {
    return new RelaySettings(
        name,
        pollInterval,
        lease,
        new RelaySettings.Requests(
            minRequestsInFlight,
            maxRequestsInFlight,
            maxElementsPerRequest,
            maxActionsPerRequest,
            maxRequestBytes,
            maxRequestsPerMinute,
            maxActionsPerMinute),
        new RelaySettings.Retries(
            retryMin, retryMax, maxRetryAfter, dedupeWindow, maxRefusalsInARow));
  }

  private static Duration atLeast(String setting, Duration value, Duration min) {
    if (value.compareTo(min) < 0) {
      throw new IllegalArgumentException(setting + " must be at least " + min + ", not " + value);
    }
    if (value.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(setting + " must be at most 365 days, not " + value);
    }
    return value;
  }

  private static int within(String setting, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          setting + " must be from " + min + " to " + max + ", not " + value);
    }
    return value;
  }
}
