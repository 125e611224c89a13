package io.durableoutbox.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Members of a JSON object at the edges of what JSON's readers take, valid or not. */
final class UnusualJson {
  private static final long SEED = 20_250_817;

  private UnusualJson() {}

  static List<String> members() {
    List<String> members = new ArrayList<>();
    numbers().forEach(number -> members.add("\"n\":" + number));
    texts()
        .forEach(
            text -> {
              members.add("\"s\":\"" + text + "\"");
              members.add("\"" + text + "\":[null]");
            });
    members.add("\"\":{}");
    members.add("\"" + "k".repeat(30_000) + "\":1");
    members.add("\"b\" : [ true,\tfalse,\r\nnull ]");
    return members;
  }

  private static List<String> numbers() {
    List<String> numbers =
        new ArrayList<>(
            List.of(
                "-0",
                "-0.0",
                "0e308",
                "1E+5",
                "1e-400",
                "1e-1000",
                "4.9E-324",
                "1.7976931348623157E308",
                "-1.7976931348623157E+308",
                "1.7976931348623158e308",
                "1.79769313486231575e308",
                "9007199254740993",
                "18446744073709551616",
                "0." + "1".repeat(997),
                "0." + "0".repeat(400) + "1e308",
                "9".repeat(308),
                "1" + "0".repeat(308),
                "179769313486231570000" + "0".repeat(288),
                "9".repeat(400),
                "1e309",
                "1e400",
                "1e2147483648"));
    Random random = new Random(SEED);
    for (int i = 0; i < 20; i++) {
      numbers.add("1.79769313486231" + digits(random, 1 + random.nextInt(12)) + "e308");
    }
    for (int i = 0; i < 100; i++) {
      StringBuilder number = new StringBuilder(random.nextBoolean() ? "-" : "");
      number.append(digits(random, random.nextInt(20) == 0 ? 309 : 1 + random.nextInt(40)));
      if (random.nextBoolean()) {
        number.append('.').append(digits(random, 1 + random.nextInt(400)));
      }
      if (random.nextBoolean()) {
        number.append(random.nextBoolean() ? 'e' : 'E').append(random.nextInt(1_320) - 1_005);
      }
      numbers.add(number.toString());
    }
    return numbers;
  }

  private static String digits(Random random, int n) {
    StringBuilder digits = new StringBuilder().append((char) ('1' + random.nextInt(9)));
    for (int i = 1; i < n; i++) {
      digits.append((char) ('0' + random.nextInt(10)));
    }
    return digits.toString();
  }

  private static List<String> texts() {
    List<String> parts =
        List.of(
            "\\ud83d",
            "\\uDE00",
            "\\ud83d\\ude00",
            "\\\\",
            "\\\\ud83d",
            "\\u0000",
            "\\u001f",
            "\\u007F",
            "\\uffff",
            "\\\"",
            "\\/",
            "\\b\\f\\n\\r\\t",
            "\u007f",
            "\u2028",
            "\uFEFF",
            "\uFFFE",
            "\uD83D\uDE00",
            "e\u0301",
            "\u2019\u201c\u2026",
            "'; -- ?{}:x$1%",
            "a");
    Random random = new Random(SEED);
    List<String> texts = new ArrayList<>(parts);
    for (int i = 0; i < 50; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(5); n >= 0; n--) {
        text.append(parts.get(random.nextInt(parts.size())));
      }
      texts.add(text.toString());
    }
    return texts;
  }
}
