package io.durableoutbox.cli.output;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.SequenceWriter;
import tools.jackson.dataformat.csv.CsvFactory;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvSchema;

/** RFC 4180 with a header line; what is a list is left to JSON. */
public final class CsvRows implements Rows {
  private final PrintWriter out;
  private final List<String> columns;
  private final SequenceWriter csv;

  public CsvRows(PrintWriter out, List<String> columns) {
    this.out = out;
    this.columns = columns;
    CsvMapper mapper =
        CsvMapper.builder(
                CsvFactory.builder()
                    .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                    .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                    .build())
            .build();
    this.csv = mapper.writer(CsvSchema.emptySchema().withLineSeparator("\n")).writeValues(out);
    csv.write(columns.toArray());
  }

  @Override
  public void row(Map<String, ?> values) {
    csv.write(
        columns.stream()
            .map(values::get)
            .map(value -> value instanceof List<?> ? "" : Rows.text(value))
            .toArray());
  }

  @Override
  public void close() {
    csv.close();
    out.flush();
  }
}
