package io.durableoutbox.jdbc.internal.sql;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which of the database's words may stand in an exception, and so in a log. Messages of data and
 * constraint errors quote rows; a trigger's own error says what its author likes; the lines after
 * the first have the details, and the statements of functions with their values.
 */
final class SqlTexts {
  // Of connections, logins, transactions, names and rights, resources and the server itself.
  private static final Set<String> CLASSES =
      Set.of("08", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58", "HY");

  // Data and constraints, whose state says it all.
  private static final Set<String> ROWS = Set.of("22", "23");

  // MariaDB and MySQL give it to many errors, those of a CHECK and of a trigger too; a timeout has
  // another of this class.
  private static final String GENERAL = "HY000";

  private SqlTexts() {}

  /** Returns what may be the cause of an exception that an application sees. */
  static @Nullable Throwable cause(Throwable failure) {
    SQLException first = firstWithState(failure);
    if (first == null) {
      return failure;
    }
    String state = String.valueOf(first.getSQLState());
    if (ROWS.contains(state.substring(0, Math.min(2, state.length())))) {
      return null;
    }
    String message = first.getMessage() == null ? "" : first.getMessage();
    String line = message.lines().findFirst().orElse("");
    boolean mayStay = mayStay(state);
    if (mayStay
        && line.equals(message)
        && first.getCause() == null
        && first.getNextException() == null) {
      return first;
    }
    SQLException copy =
        new SQLException(
            first.getClass().getName()
                + ": "
                + (mayStay ? line : "its words may quote a row; the database's log has them"),
            state,
            first.getErrorCode());
    copy.setStackTrace(first.getStackTrace());
    return copy;
  }

  private static boolean mayStay(String state) {
    return state.length() == 5 && !state.equals(GENERAL) && CLASSES.contains(state.substring(0, 2));
  }

  private static @Nullable SQLException firstWithState(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException e && e.getSQLState() != null) {
        return e;
      }
    }
    return null;
  }
}
