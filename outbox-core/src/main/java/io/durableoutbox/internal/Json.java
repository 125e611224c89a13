package io.durableoutbox.internal;

import io.durableoutbox.InvalidActionException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON text that is checked once and then spliced as it is. Messages never hold a part of the text.
 */
public final class Json {
  /** As deep as the JSON functions of every database read; MariaDB's are the first to give up. */
  private static final int MAX_DEPTH = 31;

  /** Strict: no duplicate names, which one reader takes the first and the next the last of. */
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private static final JsonMapper MAPPER = JsonMapper.builder(FACTORY).build();

  private Json() {}

  /** Writes a map as JSON; {@code field} names it in the exception. */
  public static String write(String field, @Nullable Map<String, ?> values) {
    ActionRules.present(field, values);
    try {
      return MAPPER.writeValueAsString(values);
    } catch (JacksonException | StackOverflowError e) {
      throw new InvalidActionException(
          field,
          "can't be written as JSON; use only maps with string keys, lists, strings, numbers,"
              + " booleans and null");
    }
  }

  /** Checks that the text is one JSON object which has the required names with string values. */
  static void checkObject(String field, String text, List<String> required) {
    int found = 0; // bit by bit: this runs on each write
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new InvalidActionException(
            field, "must be a JSON object, like {\"name\": \"value\"}");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        int at = required.indexOf(name);
        if (at >= 0) {
          found |= 1 << at;
          if (value != JsonToken.VALUE_STRING) {
            throw new InvalidActionException(
                field + "." + name, "must be a string; pass the fetch response's value unchanged");
          }
        }
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new InvalidActionException(field, "has more text after the JSON object; remove it");
      }
    } catch (JacksonException e) {
      var at = e.getLocation();
      throw new InvalidActionException(
          field,
          "is not valid JSON (no duplicate names, at most "
              + MAX_DEPTH
              + " levels)"
              + (at == null ? "" : ": line " + at.getLineNr() + ", column " + at.getColumnNr()));
    }
    for (int i = 0; i < required.size(); i++) {
      if ((found & 1 << i) == 0) {
        throw new InvalidActionException(
            field + "." + required.get(i),
            "is missing; pass the whole experience_context of the fetch response");
      }
    }
  }

  /** Tells whether a checked object has the name at its top level. */
  public static boolean hasField(String object, String name) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), object)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        if (name.equals(parser.currentName())) {
          return true;
        }
        parser.nextToken();
        parser.skipChildren();
      }
      return false;
    }
  }

  /** Adds a string to a checked, non-empty object and leaves all else of its text as it is. */
  public static String withString(String object, String name, String value) {
    int end = object.lastIndexOf('}');
    return object.substring(0, end)
        + ","
        + MAPPER.writeValueAsString(name)
        + ":"
        + MAPPER.writeValueAsString(value)
        + object.substring(end);
  }
}
