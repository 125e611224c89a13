package io.durableoutbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that would earn a 400 is refused when the action is built, by field, and without the
 * value.
 */
@SuppressWarnings("NullAway") // Callers without null checks are a part of what is tested.
class MalformedActionTest {
  private static final String CANARY = "secret-canary";
  private static final String CONTEXT =
      "{\"cid\":\"c\",\"experience\":\"e\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\","
          + "\"audience_name\":\"All\",\"audience_id\":\"5A\",\"note\":\"secret-canary\"}";
  private static final Instant NOW = Instant.parse("2200-01-01T00:00:00Z");

  private static Arguments bad(String name, String field, Supplier<?> action) {
    return arguments(name, field, action);
  }

  private static Supplier<Action> customer(String id) {
    return () -> Action.shown(id, CONTEXT).platform(Platform.WEB).build();
  }

  private static Supplier<Action> context(String json) {
    return () -> Action.shown("user-1", json).platform(Platform.WEB).build();
  }

  private static Action.Builder shown() {
    return Action.shown("user-1", CONTEXT);
  }

  static Stream<Arguments> malformed() {
    List<Arguments> all = new ArrayList<>();
    all.add(bad("null customer", "customer_id", customer(null)));
    all.add(bad("empty customer", "customer_id", customer("")));
    all.add(bad("blank customer", "customer_id", customer("  \t")));
    all.add(bad("one character", "customer_id", customer("x")));
    all.add(bad("one emoji", "customer_id", customer("\uD83D\uDE00")));
    all.add(bad("513 characters", "customer_id", customer(CANARY.repeat(40))));
    all.add(bad("NUL in customer", "customer_id", customer(CANARY + "\0")));
    all.add(bad("half a pair", "customer_id", customer(CANARY + "\uD83D")));
    all.add(bad("other half first", "customer_id", customer(CANARY + "\uDE00x")));
    for (String junk :
        List.of(
            "unknown",
            "guest",
            "NULL",
            "0",
            "1",
            "2",
            "-1",
            "-2",
            "true",
            "False",
            "none",
            "na",
            "N/A",
            "id",
            "uid",
            "userId",
            "user_id",
            "customer_id",
            " Guest ")) {
      all.add(bad("placeholder " + junk, "customer_id", customer(junk)));
    }
    for (String name :
        List.of(
            "cid",
            "experience",
            "moe_locale_id",
            "moe_variation_id",
            "audience_name",
            "audience_id")) {
      String pattern = "\"" + name + "\":\"[^\"]*\"";
      String field = "attributes." + name;
      all.add(bad("no " + name, field, context(CONTEXT.replaceFirst(pattern, "\"x\":1"))));
      all.add(
          bad(name + " 7", field, context(CONTEXT.replaceFirst(pattern, "\"" + name + "\":7"))));
      all.add(
          bad(
              name + " null",
              field,
              context(CONTEXT.replaceFirst(pattern, "\"" + name + "\":null"))));
      all.add(
          bad(name + " []", field, context(CONTEXT.replaceFirst(pattern, "\"" + name + "\":[]"))));
    }
    all.add(bad("null attributes", "attributes", context(null)));
    all.add(bad("empty attributes", "attributes", context("")));
    all.add(bad("not JSON", "attributes", context(CANARY)));
    all.add(bad("an array", "attributes", context("[" + CONTEXT + "]")));
    all.add(bad("a string", "attributes", context("\"" + CANARY + "\"")));
    all.add(bad("cut off", "attributes", context(CONTEXT.substring(0, CONTEXT.length() - 2))));
    all.add(bad("more text", "attributes", context(CONTEXT + " {}")));
    all.add(bad("a name twice", "attributes", context(CONTEXT.replace("note", "cid"))));
    all.add(bad("NaN", "attributes", context(CONTEXT.replace("\"secret-canary\"", "NaN"))));
    all.add(bad("single quotes", "attributes", context(CONTEXT.replace('"', '\''))));
    all.add(bad("a comment", "attributes", context("/* " + CANARY + " */" + CONTEXT)));
    all.add(
        bad(
            "too deep",
            "attributes",
            context(CONTEXT.replace("\"secret-canary\"", "[".repeat(100) + "]".repeat(100)))));
    all.add(bad("NUL in attributes", "attributes", context(CONTEXT.replace("canary", "\0"))));
    Map<String, Object> loop = new HashMap<>();
    loop.put("self", loop);
    all.add(bad("a map in itself", "attributes", () -> Action.shown("user-1", loop)));
    Map<String, Object> nullKey = new HashMap<>();
    nullKey.put(null, CANARY);
    all.add(bad("a null key", "attributes", () -> Action.shown("user-1", nullKey)));
    all.add(bad("an empty map", "attributes.cid", () -> Action.clicked("user-1", Map.of())));
    all.add(bad("a null map", "attributes", () -> Action.shown("user-1", (Map<String, ?>) null)));
    all.add(bad("no platform", "platform", () -> shown().build()));
    all.add(bad("null platform", "platform", () -> shown().platform(null)));
    all.add(bad("1970", "event_time", () -> shown().eventTime(Instant.EPOCH)));
    all.add(
        bad(
            "seconds as ms",
            "event_time",
            () -> shown().eventTime(Instant.ofEpochMilli(NOW.getEpochSecond()))));
    all.add(
        bad(
            "ms as seconds",
            "event_time",
            () -> shown().eventTime(Instant.ofEpochSecond(NOW.toEpochMilli()))));
    all.add(
        bad("too far ahead", "event_time", () -> shown().eventTime(NOW.plus(Duration.ofDays(2)))));
    all.add(bad("null time", "event_time", () -> shown().eventTime(null)));
    all.add(bad("offset 54001", "user_timezone_offset", () -> shown().userTimezoneOffset(54_001)));
    all.add(
        bad("offset -54001", "user_timezone_offset", () -> shown().userTimezoneOffset(-54_001)));
    all.add(
        bad("offset in ms", "user_timezone_offset", () -> shown().userTimezoneOffset(19_800_000)));
    all.add(bad("null offset", "user_timezone_offset", () -> shown().userTimezoneOffset(null)));
    all.add(bad("nil UUID", "moe_event_uuid", () -> shown().eventUuid(new UUID(0, 0))));
    all.add(
        bad(
            "v1 UUID",
            "moe_event_uuid",
            () -> shown().eventUuid(UUID.fromString("c232ab00-9414-11ec-b3c8-9f6bdeced846"))));
    all.add(
        bad(
            "v3 UUID",
            "moe_event_uuid",
            () -> shown().eventUuid(UUID.nameUUIDFromBytes(new byte[1]))));
    all.add(
        bad(
            "v4, wrong variant",
            "moe_event_uuid",
            () -> shown().eventUuid(UUID.fromString("aa886712-4537-47c1-0126-2686efda2e26"))));
    all.add(bad("null UUID", "moe_event_uuid", () -> shown().eventUuid(null)));
    all.add(bad("user attributes []", "user_attributes", () -> shown().userAttributes("[]")));
    all.add(bad("user attributes cut", "user_attributes", () -> shown().userAttributes("{\"a\":")));
    all.add(
        bad(
            "null user attributes",
            "user_attributes",
            () -> shown().userAttributes((String) null)));
    all.add(bad("b_id when shown", "attributes.b_id", () -> shown().bId("b")));
    all.add(
        bad(
            "b_id twice",
            "attributes.b_id",
            () -> Action.clicked("user-1", CONTEXT.replace("note", "b_id")).bId("b")));
    all.add(bad("null b_id", "attributes.b_id", () -> Action.clicked("user-1", CONTEXT).bId(null)));
    all.add(bad("workspace with space", "workspace", () -> shown().workspace("a b")));
    all.add(bad("empty workspace", "workspace", () -> shown().workspace("")));
    all.add(bad("65 characters", "workspace", () -> shown().workspace("w".repeat(65))));
    all.add(
        bad(
            "platform twice",
            "platform",
            () -> shown().platform(Platform.TV).platform(Platform.TV)));
    return all.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void isRefusedByFieldWithAWayOutAndWithoutItsValue(
      String name, String field, Supplier<?> action) {
    InvalidActionException e = catchThrowableOfType(InvalidActionException.class, action::get);
    assertThat(e).as(name).isNotNull();
    assertThat(e.field()).isEqualTo(field);
    assertThat(e).hasMessageStartingWith(field + ": ");
    assertThat(e.getMessage()).hasSizeGreaterThan(field.length() + 15);
    for (Throwable t = e; t != null; t = t.getCause()) {
      assertThat(String.valueOf(t.getMessage())).doesNotContain(CANARY);
    }
  }
}
