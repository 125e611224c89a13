package io.durableoutbox.jdbc.internal.diagnosis;

import io.durableoutbox.jdbc.Diagnosis;
import io.durableoutbox.jdbc.Diagnosis.Finding;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.mysql.InnoDbChecks;
import io.durableoutbox.jdbc.internal.mysql.MySqlDialect;
import io.durableoutbox.jdbc.internal.postgresql.IndexChecks;
import io.durableoutbox.jdbc.internal.postgresql.PartitionChecks;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import io.durableoutbox.jdbc.internal.postgresql.PrivilegeChecks;
import io.durableoutbox.jdbc.internal.postgresql.VacuumChecks;
import io.durableoutbox.jdbc.internal.sql.SqlErrors;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Savepoint;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One look at the whole, in one transaction that is never more than read. Each check runs behind a
 * savepoint and is rolled back to it, so that one that fails (a privilege, a timeout, a table that
 * is gone) becomes a finding and hides no other, and so that no lock outlives its check.
 */
public final class Diagnoser {
  /** What to do about row-level security. */
  public static final String SEE_ALL_ROWS = PrivilegeChecks.SEE_ALL_ROWS;

  // On a table, a column, or for want of a global one: their SQLState is that of a syntax error.
  private static final Set<Integer> MYSQL_DENIED = Set.of(1142, 1143, 1227);

  private final Dialect dialect;
  private final Transactions transactions;
  private final DiagnosisLimits limits;
  private final Supplier<Instant> clock;

  /** Makes it; touches nothing. */
  public Diagnoser(Dialect dialect, Transactions transactions) {
    this(dialect, transactions, DiagnosisLimits.STANDARD, Instant::now);
  }

  public Diagnoser(
      Dialect dialect, Transactions transactions, DiagnosisLimits limits, Supplier<Instant> clock) {
    this.dialect = dialect;
    this.transactions = transactions;
    this.limits = limits;
    this.clock = clock;
  }

  /** A question that adds what it finds to the look. */
  interface Check {
    void run(DiagnosisContext look) throws SQLException;
  }

  // The definitions that are compared must not depend on how a session likes to see dates.
  private static final String POSTGRES_SETTINGS =
      """
      /* outbox:diagnose-settings */
      SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', '5s', true),
             set_config('lock_timeout', '1s', true), set_config('TimeZone', 'UTC', true),
             set_config('DateStyle', 'ISO, YMD', true), set_config('IntervalStyle', 'postgres', true),
             set_config('quote_all_identifiers', 'off', true)
      """;

  /** Looks at everything. */
  public Diagnosis run() {
    return transactions.run("diagnose the outbox", this::run);
  }

  /** Sets the transaction up. */
  public static void prepare(DiagnosisContext look) {
    if (look.dialect() instanceof PostgresDialect) {
      look.row(POSTGRES_SETTINGS);
    }
  }

  private Diagnosis run(Connection connection) throws SQLException {
    DiagnosisContext look = new DiagnosisContext(dialect, connection, limits, clock);
    prepare(look);
    for (Map.Entry<String, Check> check : checks().entrySet()) {
      Savepoint before = connection.setSavepoint();
      String failure = failure(check.getValue(), look);
      connection.rollback(before);
      connection.releaseSavepoint(before);
      if (!failure.isEmpty()) {
        look.warning(
            "check_failed",
            check.getKey(),
            "The check of " + check.getKey() + " could not be made: " + failure + ".",
            adviceFor(failure));
      }
    }
    List<Finding> findings =
        look.findings().stream().sorted(Comparator.comparing(Finding::severity)).toList();
    return new Diagnosis(findings);
  }

  /** Returns why the check could not be made, or nothing. */
  private static String failure(Check check, DiagnosisContext look) throws SQLException {
    try {
      check.run(look);
      return "";
    } catch (SQLException | RuntimeException e) {
      if (e instanceof SQLTimeoutException || e.getCause() instanceof SQLTimeoutException) {
        return "it took more than 5 seconds";
      }
      String state = SqlErrors.state(e);
      if (isDenied(e)) {
        return "a privilege is missing (SQLState " + state + ")";
      }
      if (state == null) {
        return "of a defect (" + e.getClass().getSimpleName() + ")";
      }
      return switch (state) {
        case "42501" -> "a privilege is missing (SQLState 42501)";
        case "57014", "70100" -> "it took more than 5 seconds (SQLState " + state + ")";
        case "55P03" -> "something is locked (SQLState 55P03)";
        default -> "the database refused (SQLState " + state + ")";
      };
    }
  }

  /** Returns whether MariaDB or MySQL refused for want of a privilege. */
  public static boolean isDenied(Exception e) {
    return MYSQL_DENIED.contains(SqlErrors.code(e));
  }

  private static String adviceFor(String failure) {
    if (failure.startsWith("a privilege")) {
      return "Run the diagnosis as the tables' owner or as a member of outbox_relay (docs/roles.md).";
    }
    if (failure.startsWith("of a defect")) {
      return "Please report it.";
    }
    return failure.startsWith("the database")
        ? "See the findings about the schema; the database's log has the statement."
        : "Run the diagnosis again; if it stays so, look for what loads or locks the database.";
  }

  /** In the order in which one would want to read them. */
  private Map<String, Check> checks() {
    Map<String, Check> checks = new LinkedHashMap<>();
    // First, since H2's clock stands still within a transaction.
    checks.put("the clocks", UpkeepChecks::clocks);
    checks.put("whether it takes writes", ReadOnlyChecks::writes);
    checks.put("paused workspaces", QueueChecks::paused);
    checks.put("waiting actions", QueueChecks::waiting);
    checks.put("rejected actions", QueueChecks::rejected);
    checks.put("vanished actions", VanishedChecks::actions);
    checks.put("the schema's version", SchemaChecks::version);
    checks.put("the encoding", SchemaChecks::encoding);
    checks.put("the schema", SchemaChecks::drift);
    checks.put("operations", UpkeepChecks::operations);
    checks.put("maintenance", UpkeepChecks::maintenance);
    if (dialect instanceof PostgresDialect) {
      checks.put("privileges", PrivilegeChecks::relay);
      checks.put("row-level security", PrivilegeChecks::rowSecurity);
      checks.put("invalid indexes", IndexChecks::invalid);
      checks.put("indexes on outbox", IndexChecks::hot);
      checks.put("the claim's plan", IndexChecks::plan);
      checks.put("vacuum", VacuumChecks::outbox);
      checks.put("open transactions", VacuumChecks::transactions);
      checks.put("prepared transactions", VacuumChecks::prepared);
      checks.put("replication slots", VacuumChecks::slots);
      checks.put("partitions", PartitionChecks::days);
    } else if (dialect instanceof MySqlDialect) {
      checks.put("open transactions", InnoDbChecks::transactions);
    }
    return checks;
  }
}
