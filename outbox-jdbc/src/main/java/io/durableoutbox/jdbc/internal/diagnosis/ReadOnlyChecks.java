package io.durableoutbox.jdbc.internal.diagnosis;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.is;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.mysql.MySqlDialect;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import java.sql.SQLException;
import java.sql.Statement;
import org.jooq.Record;

/** Whether the database takes writes at all; on one that does not, nothing else here matters. */
final class ReadOnlyChecks {
  private static final int OPTION_PREVENTS = 1290;
  private static final int TRANSACTION_IS_READ_ONLY = 1792;
  private static final int SERVER_IS_READ_ONLY = 1836;

  private static final String PRIMARY =
      "Point the JDBC URL at the primary, through which relays and applications write.";

  private ReadOnlyChecks() {}

  /** Adds a finding if a relay that has this connection could settle nothing. */
  static void writes(DiagnosisContext look) throws SQLException {
    Dialect dialect = look.dialect();
    if (dialect instanceof PostgresDialect) {
      postgres(look);
    } else if (dialect instanceof MySqlDialect) {
      mySql(look);
    } else if (is(look.row("/* outbox:diagnose-read-only */ CALL READONLY()"), 0)) {
      found(
          look,
          "the H2 database was opened to be read only",
          "Take ACCESS_MODE_DATA=r out of the JDBC URL, or let this user write to the files.");
    }
  }

  // The diagnosis makes its own transaction read-only, so that is not asked for.
  private static final String POSTGRES =
      """
      /* outbox:diagnose-read-only */
      SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on'
      """;

  private static void postgres(DiagnosisContext look) throws SQLException {
    Record row = look.row(POSTGRES);
    if (is(row, 0)) {
      found(
          look,
          "the server is a standby (pg_is_in_recovery)",
          PRIMARY + " With several hosts in the URL, add targetServerType=primary.");
    } else if (is(row, 1)) {
      found(
          look,
          "default_transaction_read_only is on for this session",
          "Set it to off where it was turned on: ALTER DATABASE, ALTER ROLE, postgresql.conf, or"
              + " options in the JDBC URL; a server whose disk is full may have it on, too.");
    }
  }

  /** The server decides by setting, user and session, so it is asked to write nothing. */
  private static final String WRITE_NOTHING =
      """
      /* outbox:diagnose-read-only */
      UPDATE $.outbox_workspace SET failures = failures WHERE 1 = 0
      """;

  private static final String GLOBAL =
      """
      /* outbox:diagnose-read-only-global */
      SELECT CAST(@@GLOBAL.read_only AS CHAR) NOT IN ('0', 'OFF')
      """;

  private static void mySql(DiagnosisContext look) throws SQLException {
    int code = 0;
    try (Statement statement = look.connection().createStatement()) {
      statement.setQueryTimeout(DiagnosisContext.TIMEOUT_SECONDS);
      statement.execute(look.dialect().in(WRITE_NOTHING));
    } catch (SQLException e) {
      code = e.getErrorCode();
      if (code != OPTION_PREVENTS
          && code != TRANSACTION_IS_READ_ONLY
          && code != SERVER_IS_READ_ONLY
          && !Diagnoser.isDenied(e)) {
        throw e;
      }
    }
    if (code == TRANSACTION_IS_READ_ONLY) {
      found(
          look,
          "the session's transactions are read-only (transaction_read_only)",
          "Give the outbox a pool that is not read-only, and look for SET SESSION TRANSACTION READ"
              + " ONLY where connections are made.");
    } else if (code == SERVER_IS_READ_ONLY) {
      found(look, "the server runs with innodb_read_only", PRIMARY);
    } else if (code == OPTION_PREVENTS || (code != 0 && is(look.row(GLOBAL), 0))) {
      found(
          look,
          "read_only is on, as on a replica",
          PRIMARY + " If this is the primary, run SET GLOBAL read_only = 0.");
    }
  }

  private static void found(DiagnosisContext look, String why, String advice) {
    look.critical(
        "read_only",
        "database",
        "The database takes no writes from this user: "
            + why
            + ". Nothing can be added, claimed or settled here.",
        advice);
  }
}
