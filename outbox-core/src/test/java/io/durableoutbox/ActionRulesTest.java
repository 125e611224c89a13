package io.durableoutbox;

import static io.durableoutbox.Samples.CANARY;
import static io.durableoutbox.Samples.CONTEXT;
import static io.durableoutbox.Samples.EVENT;
import static io.durableoutbox.Samples.EVENT_TIME;
import static io.durableoutbox.Samples.contextMap;
import static io.durableoutbox.Samples.contextPlus;
import static io.durableoutbox.Samples.contextWith;
import static io.durableoutbox.Samples.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused before the database is touched, and in which words. */
class ActionRulesTest {
  private static final String LONG_ID = CANARY + "x".repeat(513 - CANARY.length());

  private static final List<String> JUNK_IDS =
      List.of(
          "unknown",
          "guest",
          "null",
          "0",
          "1",
          "2",
          "-1",
          "-2",
          "true",
          "false",
          "none",
          "na",
          "n/a",
          "id",
          "uid",
          "userid",
          "user_id",
          "customer_id",
          "user_attribute_unique_id",
          "(empty)",
          "dummy_seller_code");

  private static final List<String> NUMBERS_BEYOND =
      List.of(
          "1e309",
          "-1e400",
          "1.7976931348623158e308",
          "0e309",
          "0.0e999999",
          "1e2147483648",
          "1e-2147483649",
          "1E99999999999999999999",
          digits(309),
          "-" + digits(400),
          digits(309) + "e-300",
          digits(400) + ".5");

  private static final List<String> HALF_PAIRS =
      List.of(
          "\\ud83d",
          "\\uDE00",
          "\\ude00\\ud83d",
          "\\ud83d\\ud83d\\ude00",
          "\\ud83d\\\\ude00",
          "\\ud83d\ud83d\ude00");

  private static String digits(int n) {
    return "9".repeat(n);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void aMalformedActionIsRefusedByFieldAndWithoutItsValue(
      String name, Supplier<?> action, String field, String wayOut) {
    assertThatExceptionOfType(InvalidActionException.class)
        .as(name)
        .isThrownBy(action::get)
        .satisfies(
            e -> {
              assertThat(e.field()).isEqualTo(field);
              assertThat(e).hasMessageStartingWith(field + ": ").hasMessageContaining(wayOut);
              assertThat(e.getMessage()).doesNotContain(CANARY);
              assertThat(everythingThatItPrints(e)).doesNotContain("secret-canary");
            });
  }

  static Stream<Arguments> malformed() {
    List<Arguments> rows = new ArrayList<>();
    customerIds(rows);
    attributes(rows);
    attributeMaps(rows);
    userAttributes(rows);
    otherFields(rows);
    twice(rows);
    return rows.stream();
  }

  private static void customerIds(List<Arguments> rows) {
    String f = "customer_id";
    row(rows, "customer id null", () -> Action.shown(nothing(), CONTEXT), f, "pass a value");
    row(rows, "customer id empty", () -> Action.shown("", CONTEXT), f, "pass the user's id");
    row(rows, "customer id blank", () -> Action.shown(" \t ", CONTEXT), f, "pass the user's id");
    row(rows, "one character", () -> Action.clicked("x", CONTEXT), f, "pass the user's id");
    row(rows, "one emoji", () -> Action.shown("\ud83d\ude00", CONTEXT), f, "pass the user's id");
    row(rows, "NUL", () -> Action.shown(CANARY + "\0", CONTEXT), f, "remove it");
    row(rows, "high half", () -> Action.shown(CANARY + "\ud83d", CONTEXT), f, "cut it elsewhere");
    row(rows, "low half", () -> Action.shown("\ude00" + CANARY, CONTEXT), f, "cut it elsewhere");
    row(
        rows,
        "halves in the wrong order",
        () -> Action.shown("\ude00\ud83d" + CANARY, CONTEXT),
        f,
        "cut it elsewhere");
    row(rows, "513 characters", () -> Action.shown(LONG_ID, CONTEXT), f, "at most 512");
    for (String junk : JUNK_IDS) {
      Set<String> forms = new LinkedHashSet<>();
      forms.add(junk);
      forms.add(junk.toUpperCase(Locale.ROOT));
      forms.add("  " + junk + "\n");
      for (String id : forms) {
        String wayOut = id.length() == 1 ? "pass the user's id" : "without an id";
        row(rows, "junk id '" + id + "'", () -> Action.shown(id, CONTEXT), f, wayOut);
      }
    }
  }

  private static void attributes(List<Arguments> rows) {
    for (String name : Samples.REQUIRED) {
      String f = "attributes." + name;
      json(rows, name + " missing", contextWith(name, null), f, "pass the whole");
      for (String value : List.of("7", "null", "{\"a\": \"b\"}", "[\"a\"]", "true")) {
        json(rows, name + " is " + value, contextWith(name, value), f, "must be a string");
      }
    }
    String f = "attributes";
    String valid = "is not valid JSON, or has a name twice";
    String good = contextPlus("\"a\":1");
    row(rows, "null text", () -> Action.shown(CANARY, (String) nothing()), f, "pass a value");
    json(rows, "empty text", "", f, "must be a JSON object");
    json(rows, "not JSON", CANARY, f, valid);
    json(rows, "a JSON string", "\"" + CANARY + "\"", f, "must be a JSON object");
    json(rows, "the JSON null", "null", f, "must be a JSON object");
    json(rows, "an array", "[" + good + "]", f, "must be a JSON object");
    json(rows, "an empty object", "{}", "attributes.cid", "pass the whole");
    json(rows, "more text after it", good + CANARY, f, valid);
    json(rows, "another object after it", good + "{}", f, "remove it");
    json(rows, "one brace too many", good + "}", f, valid);
    json(rows, "truncated", good.substring(0, good.length() - 1), f, valid);
    json(rows, "truncated in a string", good.substring(0, 30), f, valid);
    json(rows, "a duplicate name", contextPlus("\"cid\":\"" + CANARY + "\""), f, valid);
    json(rows, "a duplicate name, escaped", contextPlus("\"\\u0063id\":\"c\""), f, valid);
    json(rows, "a duplicate name inside", contextPlus("\"o\":{\"a\":1,\"a\":2}"), f, valid);
    String limits = "at most 31 levels, 50000 characters in a name and 1000 in a number";
    json(rows, "nested too deep", contextPlus("\"o\":" + nested(31)), f, limits);
    json(rows, "nested far too deep", contextPlus("\"o\":" + nested(100_000)), f, limits);
    json(rows, "a long name", contextPlus("\"" + "n".repeat(50_001) + "\":1"), f, limits);
    json(rows, "a long number", contextPlus("\"o\":{\"n\":0." + digits(1_001) + "}"), f, limits);
    for (String number : NUMBERS_BEYOND) {
      json(rows, "the number " + number, contextPlus("\"n\":" + number), f, "send it as a string");
      json(rows, "in a list " + number, contextPlus("\"n\":[" + number + "]"), f, "as a string");
    }
    for (String half : HALF_PAIRS) {
      json(rows, "a value with " + half, contextPlus("\"s\":\"x" + half + "\""), f, "elsewhere");
      json(rows, "a name with " + half, contextPlus("\"" + half + "y\":1"), f, "cut it elsewhere");
    }
    json(rows, "a comment", contextPlus("/*" + CANARY + "*/\"a\":1"), f, valid);
    json(rows, "single quotes", contextPlus("'a':1"), f, valid);
    json(rows, "a trailing comma", contextPlus("\"a\":1,"), f, valid);
    json(rows, "NaN", contextPlus("\"a\":NaN"), f, valid);
    json(rows, "a bare word", contextPlus("\"a\":" + CANARY), f, valid);
    json(rows, "a leading zero", contextPlus("\"a\":01"), f, valid);
    json(rows, "an unknown escape", contextPlus("\"a\":\"\\x\""), f, valid);
    json(rows, "a raw line break in a string", contextPlus("\"a\":\"\n\""), f, valid);
    json(rows, "a NUL", contextPlus("\"a\":\"\0\""), f, "remove it");
    json(rows, "half a pair", contextPlus("\"a\":\"\ud83d\""), f, "cut it elsewhere");
  }

  private static void attributeMaps(List<Arguments> rows) {
    String f = "attributes";
    String onlyJson = "use only maps with string keys";
    row(rows, "null map", () -> Action.shown(CANARY, mapOrNull()), f, "pass a value");
    map(rows, "a value that fails to be read", "extra", new Failing(CANARY), f, onlyJson);
    map(rows, "a map with a null key", "extra", nullKey(), f, onlyJson);
    map(rows, "a list with such a value", "extra", List.of(new Failing(CANARY)), f, onlyJson);
    map(rows, "half a pair in a value", "extra", "\ud83d", f, "cut it elsewhere");
    map(rows, "a required number", "cid", 7, "attributes.cid", "must be a string");
    map(rows, "a required null", "cid", null, "attributes.cid", "must be a string");
    row(
        rows,
        "null key at the top",
        () -> {
          Map<String, @Nullable Object> context = contextMap();
          context.put(nothing(), CANARY);
          return Action.shown(CANARY, context);
        },
        f,
        onlyJson);
    row(
        rows,
        "a map that holds itself",
        () -> {
          Map<String, @Nullable Object> context = contextMap();
          context.put("self", context);
          return Action.shown(CANARY, context);
        },
        f,
        onlyJson);
    row(
        rows,
        "an attribute left out of a map",
        () -> {
          Map<String, @Nullable Object> context = contextMap();
          context.remove("audience_id");
          return Action.clicked(CANARY, context);
        },
        "attributes.audience_id",
        "pass the whole");
  }

  private static void userAttributes(List<Arguments> rows) {
    String f = "user_attributes";
    String valid = "is not valid JSON, or has a name twice";
    row(rows, "user attributes null", () -> good().userAttributes((String) nothing()), f, "pass");
    row(rows, "user map null", () -> good().userAttributes(mapOrNull()), f, "pass a value");
    row(
        rows,
        "user attributes an array",
        () -> good().userAttributes("[\"" + CANARY + "\"]"),
        f,
        "must be a JSON object");
    row(
        rows,
        "user attributes malformed",
        () -> good().userAttributes("{\"email\":" + CANARY + "}"),
        f,
        valid);
    row(
        rows,
        "user attributes with a duplicate",
        () -> good().userAttributes("{\"" + CANARY + "\":1,\"" + CANARY + "\":2}"),
        f,
        valid);
    row(
        rows,
        "user attributes with more text after",
        () -> good().userAttributes("{} {\"a\":\"" + CANARY + "\"}"),
        f,
        "remove it");
    row(
        rows,
        "user attributes unserialisable",
        () -> good().userAttributes(Map.of("a", new Failing(CANARY))),
        f,
        "use only maps with string keys");
  }

  private static void otherFields(List<Arguments> rows) {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    String f = "event_time";
    row(rows, "time null", () -> good().eventTime(nothing()), f, "pass a value");
    row(rows, "time 1970", () -> good().eventTime(Instant.EPOCH), f, "Instant.ofEpochSecond");
    row(
        rows,
        "seconds read as milliseconds",
        () -> good().eventTime(Instant.ofEpochMilli(EVENT_TIME.getEpochSecond())),
        f,
        "Instant.ofEpochSecond");
    row(
        rows,
        "milliseconds read as seconds",
        () -> good().eventTime(Instant.ofEpochSecond(EVENT_TIME.toEpochMilli())),
        f,
        "Instant.ofEpochMilli");
    row(
        rows,
        "more than a day ahead",
        () -> good().clock(clock).eventTime(now.plus(Duration.ofDays(1)).plusNanos(1)),
        f,
        "more than a day ahead");
    row(rows, "time at the end of time", () -> good().eventTime(Instant.MAX), f, "ofEpochMilli");

    f = "user_timezone_offset";
    String seconds = "from -54000 to 54000 seconds";
    row(rows, "offset 54001", () -> good().userTimezoneOffset(54_001), f, seconds);
    row(rows, "offset -54001", () -> good().userTimezoneOffset(-54_001), f, seconds);
    String step = "a multiple of 900";
    row(rows, "offset in hours", () -> good().userTimezoneOffset(6), f, step);
    row(rows, "offset in minutes", () -> good().userTimezoneOffset(-720), f, step);
    row(rows, "offset in ms", () -> good().userTimezoneOffset(19_800_000), f, seconds);
    row(rows, "16 hours", () -> good().userTimezoneOffset(ZoneOffset.ofHours(16)), f, seconds);
    row(
        rows,
        "offset null",
        () -> good().userTimezoneOffset((ZoneOffset) nothing()),
        f,
        "pass a value");

    f = "moe_event_uuid";
    for (String uuid :
        List.of(
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "c232ab00-9414-11ec-b3c8-9f6bdeced846",
            "74738ff5-5367-5958-9aee-98fffdcd1876",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
            "aa886712-4537-47c1-7126-2686efda2e26",
            "aa886712-4537-47c1-c126-2686efda2e26")) {
      row(
          rows,
          "UUID " + uuid,
          () -> good().eventUuid(UUID.fromString(uuid)),
          f,
          "use UUID.randomUUID()");
    }
    row(rows, "UUID null", () -> good().eventUuid(nothing()), f, "pass a value");

    f = "platform";
    row(rows, "platform null", () -> good().platform(nothing()), f, "pass a value");
    row(
        rows,
        "platform missing",
        () -> Action.shown(CANARY, CONTEXT).build(),
        f,
        "WEB, ANDROID, IOS or TV");

    f = "workspace";
    String letters = "1 to 64 letters, digits, dots, underscores or hyphens";
    row(rows, "workspace null", () -> good().workspace(nothing()), f, "pass a value");
    row(rows, "workspace empty", () -> good().workspace(""), f, letters);
    row(rows, "workspace with @", () -> good().workspace(CANARY), f, letters);
    row(rows, "workspace too long", () -> good().workspace("w".repeat(65)), f, letters);
    row(rows, "workspace of a line", () -> good().workspace("default\n"), f, letters);

    f = "attributes.b_id";
    row(rows, "b_id on SHOWN", () -> Action.shown(CANARY, CONTEXT).bId(CANARY), f, "clicked");
    row(
        rows,
        "b_id there already",
        () -> Action.clicked(CANARY, contextPlus("\"b_id\":\"b\"")).bId(CANARY),
        f,
        "leave out bId");
    row(
        rows,
        "b_id there already, escaped",
        () -> Action.clicked(CANARY, contextPlus("\"b\\u005fid\":null")).bId(CANARY),
        f,
        "leave out bId");
    row(rows, "b_id null", () -> Action.clicked(CANARY, CONTEXT).bId(nothing()), f, "pass a value");
    row(
        rows,
        "b_id with NUL",
        () -> Action.clicked(CANARY, CONTEXT).bId(CANARY + "\0"),
        f,
        "remove it");
  }

  private static void twice(List<Arguments> rows) {
    String once = "remove one of the two calls";
    row(
        rows,
        "platform twice",
        () -> good().platform(Platform.WEB).platform(Platform.WEB),
        "platform",
        once);
    row(rows, "workspace twice", () -> good().workspace("w").workspace("w"), "workspace", once);
    row(rows, "UUID twice", () -> good().eventUuid(EVENT).eventUuid(EVENT), "moe_event_uuid", once);
    row(
        rows,
        "time twice",
        () -> good().eventTime(EVENT_TIME).eventTime(EVENT_TIME),
        "event_time",
        once);
    row(
        rows,
        "offset twice",
        () -> good().userTimezoneOffset(0).userTimezoneOffset(ZoneOffset.UTC),
        "user_timezone_offset",
        once);
    row(
        rows,
        "user attributes twice",
        () -> good().userAttributes("{}").userAttributes(Map.of()),
        "user_attributes",
        once);
    row(
        rows,
        "b_id twice",
        () -> Action.clicked(CANARY, CONTEXT).bId("b1").bId("b2"),
        "attributes.b_id",
        once);
  }

  @Test
  void everyRowOfTheTableHasItsOwnName() {
    List<Object> names = malformed().map(row -> row.get()[0]).toList();
    assertThat(names).doesNotHaveDuplicates().hasSizeGreaterThan(120);
  }

  private static void row(
      List<Arguments> rows, String name, Supplier<?> action, String field, String wayOut) {
    rows.add(arguments(name, action, field, wayOut));
  }

  private static void json(
      List<Arguments> rows, String name, String attributes, String field, String wayOut) {
    row(rows, name, () -> Action.shown(CANARY, attributes), field, wayOut);
  }

  private static void map(
      List<Arguments> rows,
      String name,
      String key,
      @Nullable Object value,
      String field,
      String wayOut) {
    row(
        rows,
        name,
        () -> {
          Map<String, @Nullable Object> context = contextMap();
          context.put(key, value);
          return Action.shown(CANARY, context);
        },
        field,
        wayOut);
  }

  private static Action.Builder good() {
    return Action.shown(CANARY, CONTEXT);
  }

  private static Map<String, ?> mapOrNull() {
    return nothing();
  }

  private static Map<@Nullable String, String> nullKey() {
    Map<@Nullable String, String> map = new HashMap<>();
    map.put(null, CANARY);
    return map;
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  private static String everythingThatItPrints(Throwable e) {
    StringWriter out = new StringWriter();
    e.printStackTrace(new PrintWriter(out, true));
    return out.toString();
  }

  /** A bean that JSON can't have. */
  public static final class Failing {
    private final String secret;

    Failing(String secret) {
      this.secret = secret;
    }

    /** Fails, with the value in its message. */
    public String getValue() {
      if (secret.isEmpty()) {
        return secret;
      }
      throw new IllegalStateException(secret);
    }
  }
}
