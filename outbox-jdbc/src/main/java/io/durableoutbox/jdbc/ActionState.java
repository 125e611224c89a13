package io.durableoutbox.jdbc;

import java.util.Locale;

/** Where an action stands: {@code outbox_audit.state}. */
public enum ActionState {
  /** Written, and never tried. */
  PENDING,
  /** Held by a relay now. */
  CLAIMED,
  /** Tried, and waiting to be tried again. */
  RETRYING,
  /** Accepted by the destination. */
  DELIVERED,
  /** Refused for good, or not fit to be sent. */
  REJECTED,
  /** Taken out by a person before it was delivered. */
  CANCELLED;

  /** Returns whether it is still to be delivered. */
  public boolean isWaiting() {
    return this == PENDING || this == CLAIMED || this == RETRYING;
  }

  /** Returns its name in SQL. */
  public String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the state with that name in SQL.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ActionState ofSqlName(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
