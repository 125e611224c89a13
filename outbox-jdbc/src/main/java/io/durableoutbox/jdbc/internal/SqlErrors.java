package io.durableoutbox.jdbc.internal;

import io.durableoutbox.OutboxException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Turns what the database says into an exception without personal data. */
public final class SqlErrors {
  private SqlErrors() {}

  /**
   * Wraps a failure; an {@link OutboxException} stays as it is. Only what {@link SqlTexts} lets
   * pass of the database's words is in the chain of causes, which applications log.
   *
   * @param task what was being done, to follow "Could not"
   */
  public static OutboxException wrap(String task, Exception failure) {
    if (failure instanceof OutboxException e) {
      return e;
    }
    String state = state(failure);
    if (state == null) {
      return new OutboxException(
          "Could not " + task + ": " + failure.getClass().getSimpleName(), failure);
    }
    return new OutboxException(
        "Could not " + task + " (SQLState " + state + ")", SqlTexts.cause(failure));
  }

  /** Returns the family's own code of the first SQL error in the chain of causes, or 0. */
  static int code(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException e) {
        return e.getErrorCode();
      }
    }
    return 0;
  }

  /** Returns the first SQLState in the chain of causes, or null. */
  static @Nullable String state(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException e && e.getSQLState() != null) {
        return e.getSQLState();
      }
    }
    return null;
  }
}
