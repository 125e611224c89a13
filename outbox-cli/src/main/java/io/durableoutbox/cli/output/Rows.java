package io.durableoutbox.cli.output;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a result row by row, each complete when {@link #close} returns. */
public interface Rows extends AutoCloseable {
  /**
   * Writes a row.
   *
   * @param values by the names of columns; null, a text, a number, a truth value, a time, a UUID,
   *     {@link Json}, or a list of such maps, which only JSON has
   */
  void row(Map<String, ?> values);

  @Override
  void close();

  /**
   * A JSON value as it is stored.
   *
   * @param text the value's text
   */
  record Json(String text) {
    public static @Nullable Json of(@Nullable String text) {
      return text == null ? null : new Json(text);
    }

    /** Holds personal data. */
    @Override
    public String toString() {
      return "Json[…]";
    }
  }

  /** Returns a value as text. */
  static String text(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    return value instanceof Json json ? json.text : value.toString();
  }
}
