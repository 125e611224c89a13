package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;

class MariaDbTransactionsTest extends ServerTransactionsContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @Override
  SQLException readOnly() {
    return new SQLException("read-only", "HY000", 1290);
  }

  @Override
  String settings() {
    return "SHOW SESSION VARIABLES WHERE Variable_name NOT IN ('timestamp', 'in_transaction',"
        + " 'last_insert_id', 'identity', 'pseudo_thread_id', 'rand_seed1', 'rand_seed2',"
        + " 'warning_count', 'error_count', 'last_gtid', 'statement_id') AND Variable_name NOT"
        + " LIKE 'innodb%' AND Variable_name NOT LIKE 'gtid%'";
  }
}
