package io.durableoutbox;

import io.durableoutbox.relay.Relay;

/**
 * Is told what a relay does, for metrics, alarms and tests.
 *
 * <p>Called on the relay's own thread (on the caller's for {@link Relay#runOnce}), one event at a
 * time, in the order in which things happened; events of outcomes come after the store's
 * transaction has committed. It must return quickly and never wait: meanwhile nothing is claimed,
 * sent or settled. What it throws is caught, whatever it is, logged by its class name, and can't
 * hurt the delivery.
 */
@FunctionalInterface
public interface RelayListener {
  /** Takes note of an event. New kinds of events may come in any version: ignore unknown ones. */
  void on(RelayEvent event);
}
