package io.durableoutbox.internal.relay;

import io.durableoutbox.internal.RelaySettings;
import java.time.Duration;

/** Settings of a relay in a simulation, small enough that bounds are reached. */
record SimSettings(
    String name,
    Duration pollInterval,
    Duration lease,
    int inFlight,
    int elements,
    int actions,
    int perMinute,
    int actionsPerMinute,
    int maxRefusals) {
  static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);
  static final Duration RETRY_MIN = Duration.ofSeconds(1);
  static final Duration RETRY_MAX = Duration.ofSeconds(60);
  static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(15);
  static final Duration DEDUPE_WINDOW = Duration.ofHours(24);
  static final int MAX_REFUSALS = 20;
  static final int MAX_BYTES = 100_000;

  static SimSettings small() {
    return new SimSettings(
        "relay-a", Duration.ofMillis(500), Duration.ofSeconds(60), 4, 10, 50, 0, 0, MAX_REFUSALS);
  }

  SimSettings named(String value) {
    return new SimSettings(
        value,
        pollInterval,
        lease,
        inFlight,
        elements,
        actions,
        perMinute,
        actionsPerMinute,
        maxRefusals);
  }

  SimSettings polling(Duration value) {
    return new SimSettings(
        name, value, lease, inFlight, elements, actions, perMinute, actionsPerMinute, maxRefusals);
  }

  SimSettings leasing(Duration value) {
    return new SimSettings(
        name,
        pollInterval,
        value,
        inFlight,
        elements,
        actions,
        perMinute,
        actionsPerMinute,
        maxRefusals);
  }

  SimSettings inFlight(int value) {
    return new SimSettings(
        name,
        pollInterval,
        lease,
        value,
        elements,
        actions,
        perMinute,
        actionsPerMinute,
        maxRefusals);
  }

  SimSettings elements(int value) {
    return new SimSettings(
        name,
        pollInterval,
        lease,
        inFlight,
        value,
        actions,
        perMinute,
        actionsPerMinute,
        maxRefusals);
  }

  SimSettings actions(int value) {
    return new SimSettings(
        name,
        pollInterval,
        lease,
        inFlight,
        elements,
        value,
        perMinute,
        actionsPerMinute,
        maxRefusals);
  }

  /** With at most so many requests and actions a minute; 0 is any number. */
  SimSettings limited(int requests, int actionsToo) {
    return new SimSettings(
        name, pollInterval, lease, inFlight, elements, actions, requests, actionsToo, maxRefusals);
  }

  /** With as many actions of different customers rejected in a row at most. */
  SimSettings refusing(int value) {
    return new SimSettings(
        name, pollInterval, lease, inFlight, elements, actions, perMinute, actionsPerMinute, value);
  }

  RelaySettings toRelaySettings() {
    return new RelaySettings(
        name,
        pollInterval,
        lease,
        new RelaySettings.Requests(
            1, inFlight, elements, actions, MAX_BYTES, perMinute, actionsPerMinute),
        new RelaySettings.Retries(
            RETRY_MIN, RETRY_MAX, MAX_RETRY_AFTER, DEDUPE_WINDOW, maxRefusals));
  }
}
