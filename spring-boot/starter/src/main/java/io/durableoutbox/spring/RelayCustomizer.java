package io.durableoutbox.spring;

import io.durableoutbox.relay.RelayBuilder;

/**
 * Changes the relay beyond its settings. All beans of it are called in their order, after the
 * settings were applied, whenever the context starts its relay. For a listener define a bean of
 * {@link io.durableoutbox.RelayListener} instead: all of them are told.
 */
@FunctionalInterface
public interface RelayCustomizer {
  /** Changes the builder; builds nothing. */
  void customize(RelayBuilder relay);
}
