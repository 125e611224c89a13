package io.durableoutbox.cli.output;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/** Columns for a person. As wide as the first rows need; what is long is cut, json has it whole. */
public final class TableRows implements Rows {
  private static final int ROWS_TO_MEASURE = 500;
  private static final int MAX_WIDTH = 60;

  private final PrintWriter out;
  private final List<String> columns;
  private final Ansi ansi;
  private final List<List<String>> waiting = new ArrayList<>();
  private int @Nullable [] widths;

  public TableRows(PrintWriter out, List<String> columns, Ansi ansi) {
    this.out = out;
    this.columns = columns;
    this.ansi = ansi;
  }

  @Override
  public void row(Map<String, ?> values) {
    waiting.add(columns.stream().map(column -> cell(values.get(column))).toList());
    if (waiting.size() >= ROWS_TO_MEASURE) {
      print();
    }
  }

  private static String cell(@Nullable Object value) {
    Object shown = value instanceof Instant time ? time.truncatedTo(ChronoUnit.MILLIS) : value;
    // What others wrote must not steer the terminal.
    String text = Rows.text(shown).replaceAll("\\p{Cntrl}", " ");
    return text.length() <= MAX_WIDTH ? text : text.substring(0, MAX_WIDTH - 1) + "…";
  }

  private void print() {
    int[] known = widths;
    if (known == null) {
      known = new int[columns.size()];
      for (int i = 0; i < known.length; i++) {
        int column = i;
        known[i] =
            waiting.stream()
                .mapToInt(row -> row.get(column).length())
                .reduce(columns.get(i).length(), Math::max);
      }
      widths = known;
      String header = line(columns.stream().map(c -> c.toUpperCase(Locale.ROOT)).toList(), known);
      out.println(ansi.string("@|bold " + header + "|@"));
    }
    for (List<String> row : waiting) {
      out.println(line(row, known));
    }
    waiting.clear();
  }

  private static String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = cells.get(i);
      line.append(cell);
      char[] padding = new char[Math.max(0, widths[i] - cell.length()) + 2];
      Arrays.fill(padding, ' ');
      line.append(padding);
    }
    return line.toString().stripTrailing();
  }

  @Override
  public void close() {
    print();
    out.flush();
  }
}
