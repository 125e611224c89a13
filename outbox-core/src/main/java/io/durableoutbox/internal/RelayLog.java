package io.durableoutbox.internal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one logger of a relay's parts, by the name of the class that users know. */
public final class RelayLog {
  public static final Logger LOG = LoggerFactory.getLogger("io.durableoutbox.relay.Relay");

  private RelayLog() {}
}
