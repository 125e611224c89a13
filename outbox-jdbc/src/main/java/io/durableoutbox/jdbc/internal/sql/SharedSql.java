package io.durableoutbox.jdbc.internal.sql;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The few words of statements that all families share and that each writes in its own way:
 *
 * <ul>
 *   <li>{@code $.} the schema, before a table's name
 *   <li>{@code $now} the time now
 *   <li>{@code $text{x}}, {@code $uuid{?}}, {@code $long{?}}, {@code $time{?}} a value of that type
 *   <li>{@code $read{x}} a time, to be read by {@link Times#instant}
 *   <li>{@code $any} after a UUID: one of the array that is bound for it
 *   <li>{@code $after{a; x; b; y}} that the pair (a, b) comes after (x, y), found by an index; x is
 *       bound twice
 * </ul>
 */
public final class SharedSql {
  private static final Pattern WORD = Pattern.compile("\\$(text|uuid|long|time|read)\\{([^{}]*)}");
  private static final Pattern AFTER =
      Pattern.compile("\\$after\\{([^{};]*); ([^{};]*); ([^{};]*); ([^{};]*)}");
  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

  private SharedSql() {}

  /** Returns a statement for PostgreSQL and H2. */
  public static String standard(String statement, String prefix) {
    String text = statement.replace("$.", prefix).replace("$now", "CURRENT_TIMESTAMP(6)");
    text = text.replace("$any", "= ANY(CAST(? AS UUID ARRAY))");
    text = WORD.matcher(text).replaceAll(SharedSql::standardWord);
    return AFTER.matcher(text).replaceAll("$1 >= $2 AND ($1, $3) > ($2, $4)");
  }

  private static String standardWord(MatchResult word) {
    String of = word.group(2);
    return switch (word.group(1)) {
      case "text" -> "CAST(" + of + " AS CHARACTER VARYING)";
      case "uuid" -> "CAST(" + of + " AS UUID)";
      case "long" -> "CAST(" + of + " AS BIGINT)";
      case "time" -> "CAST(" + of + " AS TIMESTAMP(6) WITH TIME ZONE)";
      default -> of;
    };
  }

  /**
   * Returns a statement for MariaDB and MySQL, {@code $any} left to {@link #spread}. Texts have no
   * cast, which would give them another collation than the column's.
   */
  public static String mySql(String statement, String prefix) {
    String text = statement.replace("$.", prefix).replace("$now", "UTC_TIMESTAMP(6)");
    text = WORD.matcher(text).replaceAll(SharedSql::mySqlWord);
    // They don't look a pair up in an index.
    return AFTER.matcher(text).replaceAll("($1 > $2 OR ($1 = $2 AND $3 > $4))");
  }

  private static String mySqlWord(MatchResult word) {
    String of = word.group(2);
    return switch (word.group(1)) {
      case "time" -> "CAST(" + of + " AS DATETIME(6))";
      case "read" -> "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', " + of + ")";
      default -> of;
    };
  }

  /** A statement and its values as they are bound. */
  public record Bound(String text, List<@Nullable Object> values) {}

  /** Writes each {@code $any} out for MariaDB and MySQL, which have no arrays. */
  public static Bound spread(String statement, @Nullable Object... values) {
    String text = statement;
    List<@Nullable Object> bound = new ArrayList<>();
    for (Object value : values) {
      if (value instanceof UUID[] uuids) {
        String marks = String.join(", ", Collections.nCopies(uuids.length, "?"));
        text = text.replaceFirst("\\$any", "IN (" + (marks.isEmpty() ? "NULL" : marks) + ")");
        for (UUID uuid : uuids) {
          bound.add(uuid.toString());
        }
      } else {
        bound.add(mySqlValue(value));
      }
    }
    return new Bound(text, bound);
  }

  /**
   * Returns a value that MariaDB's and MySQL's drivers neither misread nor shift by a time zone.
   */
  public static @Nullable Object mySqlValue(@Nullable Object value) {
    if (value instanceof UUID uuid) {
      return uuid.toString();
    }
    return value instanceof OffsetDateTime time ? UTC.format(time) : value;
  }
}
