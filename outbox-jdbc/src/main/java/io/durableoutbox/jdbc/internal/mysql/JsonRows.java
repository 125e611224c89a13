package io.durableoutbox.jdbc.internal.mysql;

import io.durableoutbox.jdbc.internal.sql.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The rows of statements as JSON arrays of arrays, for {@code JSON_TABLE}: one value to bind, and a
 * text that is the same for any number of rows. Split where one would be too long for a packet.
 */
final class JsonRows {
  private static final int MAX_CHARACTERS = 250_000;

  private final List<String> pieces = new ArrayList<>();

  private JsonRows() {}

  /** Makes the rows, each by what is added to its line. */
  static <R> JsonRows of(List<R> rows, BiConsumer<Line, R> values) {
    JsonRows all = new JsonRows();
    StringBuilder piece = new StringBuilder();
    for (R row : rows) {
      piece.append(piece.isEmpty() ? "[[" : ",[");
      values.accept(new Line(piece), row);
      piece.append(']');
      if (piece.length() > MAX_CHARACTERS) {
        all.pieces.add(piece.append(']').toString());
        piece.setLength(0);
      }
    }
    if (!piece.isEmpty()) {
      all.pieces.add(piece.append(']').toString());
    }
    return all;
  }

  /**
   * Executes the statements one after the other for each piece.
   *
   * @return how many rows the last of them changed in all
   */
  int run(Connection connection, String... statements) throws SQLException {
    int changed = 0;
    for (String piece : pieces) {
      int last = 0;
      for (String statement : statements) {
        last = Jdbc.update(connection, statement, piece);
      }
      changed += last;
    }
    return changed;
  }

  /** Returns the UUIDs that a query finds, for each piece. */
  List<UUID> uuids(Connection connection, String query) throws SQLException {
    List<UUID> found = new ArrayList<>();
    for (String piece : pieces) {
      found.addAll(Jdbc.query(connection, query, Jdbc::uuids, piece));
    }
    return found;
  }

  /** One row, to which its values are added in order. */
  static final class Line {
    private final StringBuilder json;
    private boolean first = true;

    private Line(StringBuilder json) {
      this.json = json;
    }

    /** Adds a value: a number as such, null as null, and anything else as its text. */
    Line add(@Nullable Object value) {
      if (!first) {
        json.append(',');
      }
      first = false;
      if (value == null || value instanceof Number) {
        json.append(value);
      } else {
        addText(value.toString());
      }
      return this;
    }

    private void addText(String text) {
      json.append('"');
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '"' || c == '\\') {
          json.append('\\').append(c);
        } else if (c < ' ') {
          json.append(String.format("\\u%04x", (int) c));
        } else {
          json.append(c);
        }
      }
      json.append('"');
    }
  }
}
