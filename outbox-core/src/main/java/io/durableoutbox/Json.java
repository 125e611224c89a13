package io.durableoutbox;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON text that is checked once and then spliced as it is. Messages never hold a part of the text.
 */
final class Json {
  /** As deep as the JSON functions of every database read; MariaDB's are the first to give up. */
  private static final int MAX_DEPTH = 31;

  private static final int MAX_NAME = 50_000;
  private static final int MAX_NUMBER = 1_000;

  // Each number becomes a double in MySQL, whose reader overflows over a long whole part though a
  // negative exponent follows, and over a large exponent though zero stands before it. H2 reads
  // exponents as int.
  private static final int MAX_WHOLE_DIGITS = 308;
  private static final int MAX_EXPONENT = 308;
  private static final int MIN_EXPONENT = -1_000;
  private static final BigDecimal LARGEST = BigDecimal.valueOf(Double.MAX_VALUE);

  /** Strict: no duplicate names, which one reader takes the first and the next the last of. */
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME)
                  .maxNumberLength(MAX_NUMBER)
                  .build())
          .build();

  private static final JsonMapper MAPPER = JsonMapper.builder(FACTORY).build();

  private Json() {}

  /** Writes a map as JSON; {@code field} names it in the exception. */
  static String write(String field, @Nullable Map<String, ?> values) {
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

  /**
   * Checks that the text is one JSON object which has the required names with string values, and
   * that every database can hold it.
   */
  static void checkObject(String field, String text, List<String> required) {
    checkEscapes(field, text);
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
        checkValue(field, parser, value);
      }
      if (parser.nextToken() != null) {
        throw new InvalidActionException(field, "has more text after the JSON object; remove it");
      }
    } catch (StreamConstraintsException e) {
      throw new InvalidActionException(
          field,
          "is beyond a limit of its JSON: at most "
              + MAX_DEPTH
              + " levels, "
              + MAX_NAME
              + " characters in a name and "
              + MAX_NUMBER
              + " in a number; send less, or a long number as a string");
    } catch (JacksonException e) {
      var at = e.getLocation();
      throw new InvalidActionException(
          field,
          "is not valid JSON, or has a name twice in one object"
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

  /** Reads a value to its end, whose first token was read. */
  private static void checkValue(String field, JsonParser parser, JsonToken first) {
    int depth = 0;
    JsonToken token = first;
    while (true) {
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
        checkNumber(field, parser, token);
      }
      if (depth == 0) {
        return;
      }
      token = Objects.requireNonNull(parser.nextToken());
    }
  }

  private static void checkNumber(String field, JsonParser parser, JsonToken token) {
    int length = parser.getStringLength();
    if (token == JsonToken.VALUE_NUMBER_INT && length <= MAX_WHOLE_DIGITS) {
      return;
    }
    String number = parser.getString();
    int start = number.charAt(0) == '-' ? 1 : 0;
    int point = start;
    while (point < length && Character.isDigit(number.charAt(point))) {
      point++;
    }
    int e = Math.max(number.indexOf('e'), number.indexOf('E'));
    boolean fits =
        point - start <= MAX_WHOLE_DIGITS
            && exponentFits(e < 0 ? "0" : number.substring(e + 1))
            && new BigDecimal(number).abs().compareTo(LARGEST) <= 0;
    if (!fits) {
      throw new InvalidActionException(
          field,
          "has a number that not every database can hold: at most "
              + MAX_WHOLE_DIGITS
              + " digits before the point, an exponent from "
              + MIN_EXPONENT
              + " to "
              + MAX_EXPONENT
              + ", and no more than 1.7976931348623157e308; send it as a string");
    }
  }

  private static boolean exponentFits(String text) {
    try {
      int exponent = Integer.parseInt(text);
      return exponent >= MIN_EXPONENT && exponent <= MAX_EXPONENT;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Refuses an escape that is half of a surrogate pair, as the databases' readers do. */
  private static void checkEscapes(String field, String text) {
    int at = text.indexOf('\\');
    while (at >= 0) {
      int next = at + 2;
      int unit = unit(text, at);
      if (unit >= 0 && Character.isSurrogate((char) unit)) {
        int second = unit(text, at + 6);
        if (!Character.isHighSurrogate((char) unit)
            || second < 0
            || !Character.isLowSurrogate((char) second)) {
          throw new InvalidActionException(
              field,
              "has half of a surrogate pair as an escape, so it is not Unicode text; cut it"
                  + " elsewhere");
        }
        next = at + 12;
      }
      at = text.indexOf('\\', next);
    }
  }

  /** Returns the code unit of the hexadecimal escape that begins there, or -1 if none does. */
  private static int unit(String text, int at) {
    if (at + 6 > text.length() || text.charAt(at) != '\\' || text.charAt(at + 1) != 'u') {
      return -1;
    }
    int unit = 0;
    for (int i = at + 2; i < at + 6; i++) {
      int digit = Character.digit(text.charAt(i), 16);
      if (digit < 0) {
        return -1;
      }
      unit = unit << 4 | digit;
    }
    return unit;
  }

  /** Tells whether a checked object has the name at its top level. */
  static boolean hasField(String object, String name) {
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
  static String withString(String object, String name, String value) {
    int end = object.lastIndexOf('}');
    return object.substring(0, end)
        + ","
        + MAPPER.writeValueAsString(name)
        + ":"
        + MAPPER.writeValueAsString(value)
        + object.substring(end);
  }
}
