package io.durableoutbox.internal.relay;

import java.time.Duration;

/** Settings of a relay in a simulation, small enough that bounds are reached. */
record SimSettings(
    String name, Duration pollInterval, Duration lease, int inFlight, int elements, int actions) {
  static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);
  static final Duration RETRY_MIN = Duration.ofSeconds(1);
  static final Duration RETRY_MAX = Duration.ofSeconds(60);
  static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(15);
  static final Duration DEDUPE_WINDOW = Duration.ofHours(24);
  static final int MAX_BYTES = 100_000;

  static SimSettings small() {
    return new SimSettings("relay-a", Duration.ofMillis(500), Duration.ofSeconds(60), 4, 10, 50);
  }

  SimSettings named(String value) {
    return new SimSettings(value, pollInterval, lease, inFlight, elements, actions);
  }

  SimSettings polling(Duration value) {
    return new SimSettings(name, value, lease, inFlight, elements, actions);
  }

  SimSettings leasing(Duration value) {
    return new SimSettings(name, pollInterval, value, inFlight, elements, actions);
  }

  SimSettings inFlight(int value) {
    return new SimSettings(name, pollInterval, lease, value, elements, actions);
  }

  SimSettings elements(int value) {
    return new SimSettings(name, pollInterval, lease, inFlight, value, actions);
  }

  RelaySettings toRelaySettings() {
    return new RelaySettings(
        name,
        pollInterval,
        lease,
        new RelaySettings.Requests(1, inFlight, elements, actions, MAX_BYTES, 0, 0),
        new RelaySettings.Retries(RETRY_MIN, RETRY_MAX, MAX_RETRY_AFTER, DEDUPE_WINDOW));
  }
}
