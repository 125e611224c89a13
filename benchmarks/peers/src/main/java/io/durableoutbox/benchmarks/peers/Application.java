package io.durableoutbox.benchmarks.peers;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The application around a peer, the same for all: a pool, Spring's transactions, a table. */
final class Application implements AutoCloseable {
  final HikariDataSource pool;
  final JdbcTransactionManager transactions;
  final TransactionTemplate transaction;
  final JdbcTemplate jdbc;

  Application(Options options) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(options.url());
    config.setUsername(options.user());
    config.setPassword(options.password());
    config.setMaximumPoolSize(16);
    config.setMinimumIdle(16);
    pool = new HikariDataSource(config);
    transactions = new JdbcTransactionManager(pool);
    transaction = new TransactionTemplate(transactions);
    jdbc = new JdbcTemplate(pool);
    jdbc.execute("CREATE TABLE IF NOT EXISTS orders (id bigserial PRIMARY KEY, note text)");
  }

  /** Writes an order in the caller's transaction. */
  void order() {
    jdbc.update("INSERT INTO orders (note) VALUES ('an order')");
  }

  long number(String query) {
    Long value = jdbc.queryForObject(query, Long.class);
    return value == null ? 0 : value;
  }

  @Override
  public void close() {
    pool.close();
  }
}
