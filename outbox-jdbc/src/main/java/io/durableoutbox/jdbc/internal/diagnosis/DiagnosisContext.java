package io.durableoutbox.jdbc.internal.diagnosis;

import io.durableoutbox.jdbc.Diagnosis.Finding;
import io.durableoutbox.jdbc.Diagnosis.Severity;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.mysql.MySqlDialect;
import io.durableoutbox.jdbc.internal.sql.OneLine;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jspecify.annotations.Nullable;

/** What the checks of one diagnosis share: the database, the limits, and what was found so far. */
public final class DiagnosisContext {
  /** How long one statement may take on MariaDB and MySQL. */
  static final int TIMEOUT_SECONDS = 5;

  private final Dialect dialect;
  private final Connection connection;
  private final DiagnosisLimits limits;
  private final Supplier<Instant> clock;
  private final List<Finding> findings = new ArrayList<>();

  public DiagnosisContext(
      Dialect dialect, Connection connection, DiagnosisLimits limits, Supplier<Instant> clock) {
    this.dialect = dialect;
    this.connection = connection;
    this.limits = limits;
    this.clock = clock;
  }

  public Dialect dialect() {
    return dialect;
  }

  public Connection connection() {
    return connection;
  }

  public DiagnosisLimits limits() {
    return limits;
  }

  /** The JVM's time. */
  Instant jvmTime() {
    return clock.get();
  }

  List<Finding> findings() {
    return findings;
  }

  public List<Record> rows(String sql, @Nullable Object... values) {
    return List.copyOf(query(sql, values).fetch());
  }

  /** The only row of a statement that always has one. */
  public Record row(String sql, @Nullable Object... values) {
    return query(sql, values).fetchSingle();
  }

  private ResultQuery<Record> query(String sql, @Nullable Object... values) {
    ResultQuery<Record> query = dialect.using(connection).resultQuery(dialect.in(sql), values);
    // PostgreSQL has it of the transaction, H2 needs none.
    return dialect instanceof MySqlDialect ? query.queryTimeout(TIMEOUT_SECONDS) : query;
  }

  /** What stands before each table's name: empty, or the quoted schema and a dot. */
  public String prefix() {
    return dialect.in("$.");
  }

  public void warning(String code, String subject, String message, String advice) {
    add(code, Severity.WARNING, subject, message, advice);
  }

  public void critical(String code, String subject, String message, String advice) {
    add(code, Severity.CRITICAL, subject, message, advice);
  }

  private void add(String code, Severity severity, String subject, String message, String advice) {
    findings.add(new Finding(code, severity, OneLine.of(subject), OneLine.of(message), advice));
  }

  public static long number(Record row, int column) {
    Long value = row.get(column, Long.class);
    return value == null ? 0 : value;
  }

  public static boolean is(Record row, int column) {
    return Boolean.TRUE.equals(row.get(column, Boolean.class));
  }

  public static String text(Record row, int column) {
    String value = row.get(column, String.class);
    return value == null ? "" : value;
  }

  /** A column of seconds, or null. */
  public static @Nullable Duration seconds(Record row, int column) {
    Long value = row.get(column, Long.class);
    return value == null ? null : Duration.ofSeconds(value);
  }

  /** As a person says it, for example "12 minutes"; rounded down. */
  public static String words(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 120) {
      return plural(seconds, "second");
    }
    if (seconds < 2 * 3_600) {
      return plural(seconds / 60, "minute");
    }
    return seconds < 2 * 86_400 ? plural(seconds / 3_600, "hour") : plural(seconds / 86_400, "day");
  }

  /** As a person says it, for example "1 row" and "2 rows". */
  public static String plural(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
