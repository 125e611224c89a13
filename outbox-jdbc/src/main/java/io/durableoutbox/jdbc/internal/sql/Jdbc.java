package io.durableoutbox.jdbc.internal.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What runs for every action, claim and group of outcomes: statements whose text never changes, on
 * plain JDBC. jOOQ, which runs all others, would look for the parameters in the text on each call
 * and read each value through a converter.
 */
public final class Jdbc {
  private Jdbc() {}

  /** Reads a result, which is closed afterwards. */
  public interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }

  /** Executes it and returns how many rows it changed. */
  public static int update(Connection connection, String sql, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      return statement.executeUpdate();
    }
  }

  /** Executes it for each row of values and returns how many rows it changed in all. */
  public static int updateEach(Connection connection, String sql, List<@Nullable Object[]> rows)
      throws SQLException {
    if (rows.isEmpty()) {
      return 0;
    }
    int changed = 0;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (Object[] values : rows) {
        bind(statement, values);
        changed += statement.executeUpdate();
      }
    }
    return changed;
  }

  public static <T> T query(
      Connection connection, String sql, Reader<T> reader, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      try (ResultSet rows = statement.executeQuery()) {
        return reader.read(rows);
      }
    }
  }

  /**
   * Executes a text of two statements that both return rows, in one round trip and one transaction
   * even where each statement commits by itself, and reads what the second returns.
   */
  public static <T> T querySecond(
      Connection connection, String sql, Reader<T> reader, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      statement.execute();
      statement.getMoreResults();
      try (ResultSet rows = statement.getResultSet()) {
        return reader.read(rows);
      }
    }
  }

  /** An array of Java is bound as one of SQL. */
  public static void bind(PreparedStatement statement, @Nullable Object... values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      Object value = values[i];
      if (value instanceof Object[] array) {
        statement.setArray(
            i + 1, statement.getConnection().createArrayOf(elementType(array), array));
      } else {
        statement.setObject(i + 1, value);
      }
    }
  }

  private static String elementType(Object[] array) {
    if (array instanceof UUID[]) {
      return "uuid";
    }
    if (array instanceof Long[]) {
      return "bigint";
    }
    return array instanceof Integer[] ? "integer" : "text";
  }

  /** Reads a UUID, also where it is kept as text. */
  public static @Nullable UUID uuid(ResultSet row, int column) throws SQLException {
    Object value = row.getObject(column);
    return value == null || value instanceof UUID
        ? (UUID) value
        : UUID.fromString(value.toString());
  }

  /** Reads the UUIDs of the first column. */
  public static List<UUID> uuids(ResultSet rows) throws SQLException {
    List<UUID> uuids = new ArrayList<>();
    while (rows.next()) {
      uuids.add(Objects.requireNonNull(uuid(rows, 1)));
    }
    return uuids;
  }

  public static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }

  public static @Nullable Integer nullableInt(ResultSet row, int column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? null : value;
  }
}
