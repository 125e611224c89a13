package io.durableoutbox.cli.option;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations and times as people write them. */
public final class Converters {
  private static final Pattern SHORT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private Converters() {}

  /** {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 90d}, or ISO 8601. */
  public static final class OfDuration implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      Matcher matcher = SHORT.matcher(value);
      if (matcher.matches()) {
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofDays(number);
        };
      }
      try {
        return Duration.parse(value.toUpperCase(Locale.ROOT));
      } catch (DateTimeParseException e) {
        throw new TypeConversionException(
            "is no duration; write it like 500ms, 30s, 5m, 1h or 90d");
      }
    }
  }

  /** {@code 2026-11-23T10:15:30Z}, or a day, which begins in UTC. */
  static final class OfInstant implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String value) {
      try {
        return value.length() == "2026-11-23".length()
            ? LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant()
            : Instant.parse(value);
      } catch (DateTimeParseException e) {
        throw new TypeConversionException(
            "is no time; write it like 2026-11-23T10:15:30Z, or 2026-11-23 for its beginning in"
                + " UTC");
      }
    }
  }
}
