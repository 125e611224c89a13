package io.durableoutbox.jdbc.internal.sql;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Texts of the database as they may stand in a log or a report: anybody who may write to the tables
 * may have written a name or a reason, with what would forge another line.
 */
public final class OneLine {
  // Ends of lines, escapes of terminals, and what turns the direction of writing.
  private static final Pattern FORGING = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
  private static final int MAX_LENGTH = 2_000;

  private OneLine() {}

  public static String of(String text) {
    String start = text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "...";
    return FORGING.matcher(start).replaceAll("?");
  }

  public static @Nullable String orNull(@Nullable String text) {
    return text == null ? null : of(text);
  }
}
