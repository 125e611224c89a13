package io.durableoutbox.jdbc.internal.sql;

import io.durableoutbox.OutboxException;
import java.sql.ResultSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a data source takes a text of two statements, which saves round trips. A firewall in a
 * pool, such as Druid's, may take each such text for an attack.
 */
public final class TwoStatements {
  private static final Logger log = LoggerFactory.getLogger(TwoStatements.class);

  private static final String TEXT =
      "/* outbox:two-statements */ SELECT set_config('enable_seqscan', 'off', true); SELECT"
          + " ?::text";

  private TwoStatements() {}

  /** Tries it, in a transaction of its own. */
  public static boolean areTaken(Transactions transactions) {
    try {
      return transactions.run(
          "send two statements in one text",
          connection -> Jdbc.querySecond(connection, TEXT, ResultSet::next, "two"));
    } catch (OutboxException e) {
      String state = SqlErrors.state(e);
      if (state != null && !state.startsWith("42")) {
        throw e;
      }
      log.info(
          "The data source refuses a text of two statements, so each claim takes more round trips;"
              + " allow it (of Druid's wall filter: multiStatementAllow) to save them");
      return false;
    }
  }
}
