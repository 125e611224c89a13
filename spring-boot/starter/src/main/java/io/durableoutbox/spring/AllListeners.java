package io.durableoutbox.spring;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayListener;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells all listeners, whatever one of them throws. */
final class AllListeners implements RelayListener {
  private static final Logger log = LoggerFactory.getLogger(AllListeners.class);

  private final List<RelayListener> listeners;

  AllListeners(List<RelayListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public void on(RelayEvent event) {
    for (RelayListener listener : listeners) {
      try {
        listener.on(event);
      } catch (Throwable t) {
        // Without its message, which may quote what was sent.
        log.warn("A relay listener failed with {}", t.getClass().getName());
      }
    }
  }
}
