package io.durableoutbox.internal;

import java.util.regex.Pattern;

/** Texts as they may stand in a log. */
public final class LogText {
  private static final int MAX_LINE = 500;
  // Ends of lines, escapes of terminals, and what turns the direction of writing.
  private static final Pattern FORGING = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

  private LogText() {}

  /**
   * Returns a text of the database as it may stand in a log or a report: one line, and no longer
   * than a line should be. Anybody who may write to the tables may have written it.
   */
  public static String line(String text) {
    String start = text.length() <= MAX_LINE ? text : text.substring(0, MAX_LINE) + "...";
    return FORGING.matcher(start).replaceAll("?");
  }
}
