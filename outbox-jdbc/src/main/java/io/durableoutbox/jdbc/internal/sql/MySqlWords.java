package io.durableoutbox.jdbc.internal.sql;

import java.util.regex.Pattern;

/**
 * Statements that all families share, in the words of MariaDB and MySQL. They are written in those
 * that PostgreSQL and H2 share; what has no other word here is a statement of its own.
 */
public final class MySqlWords {
  private MySqlWords() {}

  /** The function, not the one of that name, which is in the session's time zone. */
  private static final Pattern NOW = Pattern.compile("\\bCURRENT_TIMESTAMP\\b(\\(6\\))?");

  /** With two levels of parentheses inside. */
  private static final Pattern EPOCH =
      Pattern.compile("EXTRACT\\(EPOCH FROM ((?:[^()]|\\((?:[^()]|\\((?:[^()])*\\))*\\))*)\\)");

  private static final Pattern DELETE = Pattern.compile("DELETE FROM (\\$\\.\\w+) (\\w)\\b");

  /** Translates; a statement that has no such words stays as it is. */
  public static String of(String statement) {
    String now = NOW.matcher(statement).replaceAll("UTC_TIMESTAMP(6)");
    // Not divided, which would round to four digits.
    String epoch =
        EPOCH
            .matcher(now)
            .replaceAll(
                "(TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', $1) * 0.000001)");
    return DELETE
        .matcher(epoch)
        .replaceAll("DELETE $2 FROM $1 $2")
        .replace("CAST(? AS timestamp(6) with time zone)", "CAST(? AS datetime(6))")
        .replace("CAST(? AS integer)", "?")
        .replace("CAST(? AS uuid)", "?")
        .replace(" AS VARCHAR(", " AS CHAR(")
        .replace(" AS BIGINT)", " AS SIGNED)");
  }
}
