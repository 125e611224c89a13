package io.durableoutbox.jdbc.internal.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A statement with {@code ?n} for its n-th value, which may stand in several places. */
public final class NumberedSql {
  private static final Pattern NUMBERED = Pattern.compile("\\?(\\d)");

  private NumberedSql() {}

  /** Returns the text with plain question marks. */
  public static String text(String statement) {
    return NUMBERED.matcher(statement).replaceAll("?");
  }

  /** Returns the values in the order of their places; as they are if none is numbered. */
  public static @Nullable Object[] values(String statement, @Nullable Object... values) {
    Matcher matcher = NUMBERED.matcher(statement);
    List<@Nullable Object> places = new ArrayList<>();
    while (matcher.find()) {
      places.add(values[Integer.parseInt(matcher.group(1)) - 1]);
    }
    return places.isEmpty() ? values : places.toArray();
  }
}
