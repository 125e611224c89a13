package io.durableoutbox.cli.output;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** One array of objects in one line. */
public final class JsonRows implements Rows {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();

  private final PrintWriter out;
  private final List<String> columns;
  private final JsonGenerator json;

  public JsonRows(PrintWriter out, List<String> columns) {
    this.out = out;
    this.columns = columns;
    this.json = FACTORY.createGenerator(ObjectWriteContext.empty(), out);
    json.writeStartArray();
  }

  @Override
  public void row(Map<String, ?> values) {
    json.writeStartObject();
    for (String column : columns) {
      json.writeName(column);
      value(values.get(column));
    }
    json.writeEndObject();
  }

  private void value(@Nullable Object value) {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Number number) {
      json.writeNumber(number.longValue());
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value instanceof Json stored) {
      json.writeRawValue(stored.text());
    } else if (value instanceof List<?> list) {
      json.writeStartArray();
      list.forEach(this::value);
      json.writeEndArray();
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      map.forEach(
          (name, inner) -> {
            json.writeName(name.toString());
            value(inner);
          });
      json.writeEndObject();
    } else {
      json.writeString(value.toString());
    }
  }

  @Override
  public void close() {
    json.writeEndArray();
    json.close();
    out.println();
    out.flush();
  }
}
