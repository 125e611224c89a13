package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.internal.sql.SqlErrors;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Test;

/** Which of a database's words an application gets to see, and to log. */
class SqlTextsTest {
  private static final String CANARY = "secret-canary@example.com";

  @Test
  void whatMayQuoteARowIsLeftOut() {
    for (String state :
        List.of(
            "P0001", "45000", "HY000", "22001", "23505", "90105", "XX000", "0A000", "U0001", "")) {
      String printed = printed(new SQLException("no, " + CANARY + " is not welcome", state, 7));
      assertThat(printed).contains("Could not claim", "SQLState " + state).doesNotContain(CANARY);
    }
  }

  @Test
  void whatSpeaksOfTheServerStays() {
    Map.of(
            "08001", "Connection to localhost:5432 refused",
            "28P01", "password authentication failed for user x",
            "42501", "permission denied for table outbox",
            "42P01", "relation outbox does not exist",
            "57P01", "terminating connection due to administrator command",
            "53200", "out of shared memory",
            "55P03", "canceling statement due to lock timeout",
            "25006", "cannot execute INSERT in a read-only transaction")
        .forEach(
            (state, words) -> assertThat(printed(new SQLException(words, state))).contains(words));
  }

  @Test
  void aStatementOfAFunctionThatAnyErrorTellsOfIsLeftOut() {
    SQLException failure =
        new SQLException(
            "deadlock detected\n  Where: SQL statement \"INSERT INTO log VALUES ('"
                + CANARY
                + "')\"",
            "40P01");
    assertThat(printed(failure)).contains("deadlock detected").doesNotContain(CANARY);
  }

  @Test
  void neitherAWrapperNorACauseNorTheNextErrorBringsTheWordsBack() {
    SQLException next = new SQLException(CANARY, "P0001");
    SQLException failure = new BatchUpdateException("batch", "08006", 0, new int[0]);
    failure.setNextException(next);
    failure.initCause(new IllegalStateException(CANARY));
    failure.addSuppressed(new IllegalStateException("suppressed"));
    assertThat(printed(new DataAccessException("SQL [insert ..." + CANARY + "]", failure)))
        .contains("SQLState 08006")
        .doesNotContain(CANARY);
  }

  private static String printed(Exception failure) {
    OutboxException wrapped = SqlErrors.wrap("claim", failure);
    StringWriter text = new StringWriter();
    wrapped.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
