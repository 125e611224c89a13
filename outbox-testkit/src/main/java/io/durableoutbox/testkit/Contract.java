package io.durableoutbox.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Reads a body as strictly as the API's documentation allows to. */
final class Contract {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final int MAX_ELEMENTS = 100;
  private static final int MAX_OFFSET = 54_000;
  private static final long DAY_SECONDS = 86_400;
  private static final Pattern UUID_V4 =
      Pattern.compile(
          "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}");
  private static final Set<String> ACTIONS =
      Set.of("MOE_PERSONALIZATION_MESSAGE_SHOWN", "MOE_PERSONALIZATION_MESSAGE_CLICKED");
  private static final Set<String> PLATFORMS = Set.of("web", "android", "ios", "tv");
  private static final Set<String> REQUIRED_ATTRIBUTES =
      Set.of(
          "cid", "experience", "moe_locale_id", "moe_variation_id", "audience_name", "audience_id");

  /** What a valid body holds. */
  record Body(int elements, List<AcceptedAction> actions) {}

  /** The body breaks a rule. */
  static final class Violation extends Exception {
    private static final long serialVersionUID = 1L;
    private final String answer;

    Violation(String answer) {
      super(null, null, false, false);
      this.answer = answer;
    }

    String answer() {
      return answer;
    }

    static Violation of(String field) {
      return new Violation(Answers.invalidField(field));
    }
  }

  private final byte[] bytes;
  private final JsonParser json;
  private final List<AcceptedAction> actions = new ArrayList<>();
  private final Set<UUID> uuids = new HashSet<>();

  private Contract(byte[] bytes, JsonParser json) {
    this.bytes = bytes;
    this.json = json;
  }

  static Body read(byte[] bytes) throws Violation {
    requireUtf8(bytes);
    try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
      if (json.nextToken() == null) {
        throw new Violation(Answers.MALFORMED_JSON);
      }
      try {
        return new Contract(bytes, json).body();
      } catch (Violation e) {
        // What is no JSON is that first of all, whatever else is wrong with it.
        readToEnd(json);
        throw e;
      }
    } catch (JacksonException e) {
      throw new Violation(Answers.MALFORMED_JSON);
    }
  }

  /** The parser would also take UTF-16 and UTF-32, which show by a mark or by zero bytes. */
  private static void requireUtf8(byte[] bytes) throws Violation {
    boolean ascii = true;
    boolean zero = false;
    for (byte b : bytes) {
      ascii &= b >= 0;
      zero |= b == 0;
    }
    boolean marked =
        bytes.length > 2
            && bytes[0] == (byte) 0xEF
            && bytes[1] == (byte) 0xBB
            && bytes[2] == (byte) 0xBF;
    if (zero || marked) {
      throw new Violation(Answers.MALFORMED_JSON);
    }
    if (!ascii) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      } catch (CharacterCodingException e) {
        throw new Violation(Answers.MALFORMED_JSON);
      }
    }
  }

  private static void readToEnd(JsonParser json) throws Violation {
    boolean complete = json.streamReadContext().inRoot();
    while (json.nextToken() != null) {
      if (complete) {
        throw new Violation(Answers.MALFORMED_JSON);
      }
      complete = json.streamReadContext().inRoot();
    }
  }

  private Body body() throws Violation {
    require(json.currentToken() == JsonToken.START_OBJECT, "elements");
    int elements = 0;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      require(json.currentName().equals("elements"), json.currentName());
      require(json.nextToken() == JsonToken.START_ARRAY, "elements");
      Set<String> customers = new HashSet<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        elements++;
        require(elements <= MAX_ELEMENTS, "elements");
        require(customers.add(element()), "customer_id");
      }
    }
    require(elements > 0, "elements");
    if (json.nextToken() != null) {
      throw new Violation(Answers.MALFORMED_JSON);
    }
    return new Body(elements, actions);
  }

  /** Reads one element and returns its customer_id. */
  private String element() throws Violation {
    require(json.currentToken() == JsonToken.START_OBJECT, "elements");
    String customer = null;
    Integer offset = null;
    String userAttributes = null;
    int first = actions.size();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "customer_id" -> customer = string(name);
        case "user_timezone_offset" -> {
          long seconds = integer(name);
          require(seconds >= -MAX_OFFSET && seconds <= MAX_OFFSET, name);
          offset = (int) seconds;
        }
        case "user_attributes" -> userAttributes = object(name, Set.of());
        case "actions" -> actions();
        default -> throw Violation.of(name);
      }
    }
    String customerId = present(customer, "customer_id");
    require(!customerId.isEmpty(), "customer_id");
    require(actions.size() > first, "actions");
    for (int i = first; i < actions.size(); i++) {
      AcceptedAction a = actions.get(i);
      actions.set(
          i,
          new AcceptedAction(
              a.eventUuid(),
              customerId,
              offset,
              userAttributes,
              a.action(),
              a.eventTime(),
              a.platform(),
              a.attributes(),
              List.of()));
    }
    return customerId;
  }

  private void actions() throws Violation {
    require(json.currentToken() == JsonToken.START_ARRAY, "actions");
    while (json.nextToken() != JsonToken.END_ARRAY) {
      actions.add(action());
    }
  }

  private AcceptedAction action() throws Violation {
    require(json.currentToken() == JsonToken.START_OBJECT, "actions");
    String action = null;
    UUID uuid = null;
    Instant time = null;
    String platform = null;
    String attributes = null;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "action" -> action = oneOf(name, ACTIONS);
        case "moe_event_uuid" -> {
          String text = string(name);
          require(UUID_V4.matcher(text).matches(), name);
          uuid = UUID.fromString(text);
          require(uuids.add(uuid), name);
        }
        case "event_time" -> time = time(name);
        case "platform" -> platform = oneOf(name, PLATFORMS);
        case "attributes" -> attributes = object(name, REQUIRED_ATTRIBUTES);
        default -> throw Violation.of(name);
      }
    }
    return new AcceptedAction(
        present(uuid, "moe_event_uuid"),
        "",
        null,
        null,
        present(action, "action"),
        present(time, "event_time"),
        present(platform, "platform"),
        present(attributes, "attributes"),
        List.of());
  }

  private Instant time(String name) throws Violation {
    long seconds = integer(name);
    long now = Instant.now().getEpochSecond();
    require(seconds > 0 && seconds <= now + DAY_SECONDS, name);
    return Instant.ofEpochSecond(seconds);
  }

  private long integer(String name) throws Violation {
    require(json.currentToken() == JsonToken.VALUE_NUMBER_INT, name);
    require(json.getNumberType() != JsonParser.NumberType.BIG_INTEGER, name);
    return json.getLongValue();
  }

  private String string(String name) throws Violation {
    require(json.currentToken() == JsonToken.VALUE_STRING, name);
    return json.getString();
  }

  private String oneOf(String name, Set<String> known) throws Violation {
    String value = string(name);
    require(known.contains(value), name);
    return value;
  }

  /** Reads an object with the required strings and returns its text as it came. */
  private String object(String name, Set<String> required) throws Violation {
    require(json.currentToken() == JsonToken.START_OBJECT, name);
    int start = (int) json.currentTokenLocation().getByteOffset();
    List<String> missing = new ArrayList<>(required);
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String property = json.currentName();
      JsonToken value = json.nextToken();
      if (required.contains(property)) {
        require(value == JsonToken.VALUE_STRING, property);
        missing.remove(property);
      }
      json.skipChildren();
    }
    if (!missing.isEmpty()) {
      throw Violation.of(missing.get(0));
    }
    int end = (int) json.currentTokenLocation().getByteOffset() + 1;
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }

  private static <T> T present(@Nullable T value, String field) throws Violation {
    if (value == null) {
      throw Violation.of(field);
    }
    return value;
  }

  private static void require(boolean holds, @Nullable String field) throws Violation {
    if (!holds) {
      throw Violation.of(String.valueOf(field));
    }
  }
}
