package io.durableoutbox.cli.input;

import io.durableoutbox.Action;
import io.durableoutbox.InvalidActionException;
import io.durableoutbox.Platform;
import io.durableoutbox.destination.ClaimedAction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Actions from JSON with MoEngage's field names: a whole request's body, one element of it, or one
 * action with its user's fields beside its own. Attributes are taken byte for byte. A message names
 * the field and never the value.
 */
public final class ActionParser {
  private static final Set<String> USER_FIELDS =
      Set.of("workspace", "customer_id", "user_timezone_offset", "user_attributes");
  private static final Set<String> ACTION_FIELDS =
      Set.of("action", "moe_event_uuid", "event_time", "platform", "attributes");

  /** As {@code JdbcOutbox.Builder.maxActionBytes} has it. */
  private static final int MAX_BYTES = 64 * 1024;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(70)
                  .maxStringLength(JsonDocuments.MAX_CHARS)
                  .build())
          .build();

  private final String defaultWorkspace;

  public ActionParser(String defaultWorkspace) {
    this.defaultWorkspace = defaultWorkspace;
  }

  /** What a field has. */
  private record Value(JsonToken token, String text) {
    static final Value ABSENT = new Value(JsonToken.VALUE_NULL, "");
  }

  /**
   * Reads a document.
   *
   * @throws InvalidActionException if it is not JSON, or an action that can't be accepted
   */
  public List<Action> parse(String text) {
    Map<String, Value> fields = fields("", text);
    if (!fields.containsKey("elements")) {
      return fields.containsKey("actions")
          ? element("", fields)
          : List.of(action("", fields, fields, USER_FIELDS));
    }
    refuseOthers("", fields, Set.of("workspace", "elements"), Set.of());
    List<Action> actions = new ArrayList<>();
    int i = 0;
    for (String element : items("elements", value(fields, "elements"))) {
      String path = "elements[" + i++ + "].";
      Map<String, Value> inner = fields(path, element);
      if (fields.containsKey("workspace")) {
        inner.putIfAbsent("workspace", value(fields, "workspace"));
      }
      actions.addAll(element(path, inner));
    }
    return actions;
  }

  private List<Action> element(String path, Map<String, Value> user) {
    refuseOthers(path, user, USER_FIELDS, Set.of("actions"));
    List<Action> actions = new ArrayList<>();
    int i = 0;
    for (String action : items(path + "actions", value(user, "actions"))) {
      String inner = path + "actions[" + i++ + "].";
      actions.add(action(inner, user, fields(inner, action), Set.of()));
    }
    return actions;
  }

  private Action action(
      String path, Map<String, Value> user, Map<String, Value> fields, Set<String> beside) {
    refuseOthers(path, fields, ACTION_FIELDS, beside);
    try {
      String customer = required("customer_id", string("customer_id", user));
      String attributes = required("attributes", object("attributes", fields));
      String type = required("action", string("action", fields));
      Action.Builder builder;
      if (type.equals(Action.Type.SHOWN.wireName())) {
        builder = Action.shown(customer, attributes);
      } else if (type.equals(Action.Type.CLICKED.wireName())) {
        builder = Action.clicked(customer, attributes);
      } else {
        throw new InvalidActionException(
            "action",
            "must be " + Action.Type.SHOWN.wireName() + " or " + Action.Type.CLICKED.wireName());
      }
      builder.platform(platform(required("platform", string("platform", fields))));
      String workspace = string("workspace", user);
      builder.workspace(workspace == null ? defaultWorkspace : workspace);
      String uuid = string("moe_event_uuid", fields);
      if (uuid != null) {
        builder.eventUuid(uuid(uuid));
      }
      Long time = number("event_time", fields);
      if (time != null) {
        builder.eventTime(instant(time));
      }
      Long offset = number("user_timezone_offset", user);
      if (offset != null) {
        // What no int can hold is out of range all the same.
        builder.userTimezoneOffset((int) Math.max(-1_000_000, Math.min(1_000_000, offset)));
      }
      String userAttributes = object("user_attributes", user);
      if (userAttributes != null) {
        builder.userAttributes(userAttributes);
      }
      int bytes =
          ClaimedAction.bytes(customer, userAttributes == null ? "" : userAttributes, attributes);
      if (bytes > MAX_BYTES) {
        throw new InvalidActionException(
            "attributes",
            "make the action " + bytes + " bytes, but at most " + MAX_BYTES + " are allowed");
      }
      return builder.build();
    } catch (InvalidActionException e) {
      throw path.isEmpty() ? e : new InvalidActionException(path + e.field(), problem(e));
    }
  }

  private static String problem(InvalidActionException e) {
    String message = e.getMessage() == null ? "" : e.getMessage();
    return message.substring(Math.min(message.length(), e.field().length() + 2));
  }

  private static Platform platform(String name) {
    return Arrays.stream(Platform.values())
        .filter(p -> p.wireName().equals(name))
        .findAny()
        .orElseThrow(
            () ->
                new InvalidActionException(
                    "platform", "must be web, android, ios or tv, in lower case"));
  }

  private static UUID uuid(String text) {
    // UUID.fromString also takes what is too short.
    if (!text.matches("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")) {
      throw new InvalidActionException("moe_event_uuid", "is no UUID");
    }
    return UUID.fromString(text);
  }

  private static Instant instant(long seconds) {
    if (seconds > 100_000_000_000L) {
      throw new InvalidActionException(
          "event_time", "is in milliseconds; write whole seconds since 1970");
    }
    return Instant.ofEpochSecond(Math.max(0, seconds));
  }

  private static void refuseOthers(
      String path, Map<String, Value> fields, Set<String> known, Set<String> alsoKnown) {
    for (String name : fields.keySet()) {
      if (!known.contains(name) && !alsoKnown.contains(name)) {
        boolean plain = name.matches("[A-Za-z0-9_.-]{1,64}");
        throw new InvalidActionException(
            path + (plain ? name : "(a field)"),
            "is not known here; the fields are those of MoEngage's API, and workspace");
      }
    }
  }

  private static Value value(Map<String, Value> fields, String name) {
    return fields.getOrDefault(name, Value.ABSENT);
  }

  private static <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw new InvalidActionException(name, "is missing");
    }
    return value;
  }

  private static @Nullable String string(String name, Map<String, Value> fields) {
    return typed(name, fields, JsonToken.VALUE_STRING, "must be a string");
  }

  private static @Nullable String object(String name, Map<String, Value> fields) {
    return typed(name, fields, JsonToken.START_OBJECT, "must be a JSON object");
  }

  private static @Nullable Long number(String name, Map<String, Value> fields) {
    String text = typed(name, fields, JsonToken.VALUE_NUMBER_INT, "must be a whole number");
    if (text == null) {
      return null;
    }
    if (text.length() > 18) {
      throw new InvalidActionException(name, "is out of range");
    }
    return Long.valueOf(text);
  }

  private static @Nullable String typed(
      String name, Map<String, Value> fields, JsonToken type, String problem) {
    Value value = value(fields, name);
    if (value.token == JsonToken.VALUE_NULL) {
      return null;
    }
    if (value.token != type) {
      throw new InvalidActionException(name, problem);
    }
    return value.text;
  }

  /** Returns an object's fields; of objects and arrays the text as it stands. */
  private static Map<String, Value> fields(String path, String text) {
    Map<String, Value> fields = new LinkedHashMap<>();
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new InvalidActionException(name(path), "must be a JSON object");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        fields.put(name, new Value(token, value(parser, token, text)));
      }
      if (parser.nextToken() != null) {
        throw new InvalidActionException(name(path), "has more text after the JSON object");
      }
    } catch (JacksonException e) {
      throw notJson(path, e);
    }
    return fields;
  }

  private static String value(JsonParser parser, JsonToken token, String text) {
    return token.isStructStart() ? slice(parser, text) : parser.getString();
  }

  /** Returns the text of the object or array that has just begun, and goes to its end. */
  private static String slice(JsonParser parser, String text) {
    int begin = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    return text.substring(begin, (int) parser.currentTokenLocation().getCharOffset() + 1);
  }

  private static List<String> items(String path, Value array) {
    if (array.token != JsonToken.START_ARRAY) {
      throw new InvalidActionException(path, "must be a JSON array");
    }
    List<String> items = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), array.text)) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
          throw new InvalidActionException(
              path + "[" + items.size() + "]", "must be a JSON object");
        }
        items.add(slice(parser, array.text));
      }
    } catch (JacksonException e) {
      throw notJson(path, e);
    }
    if (items.isEmpty()) {
      throw new InvalidActionException(path, "is empty");
    }
    return items;
  }

  private static InvalidActionException notJson(String path, JacksonException e) {
    var at = e.getLocation();
    return new InvalidActionException(
        name(path),
        "is not valid JSON (no name twice, at most 31 levels)"
            + (at == null ? "" : ", at its column " + at.getColumnNr()));
  }

  private static String name(String path) {
    return path.isEmpty() ? "document" : path.substring(0, path.length() - 1);
  }
}
