package io.durableoutbox.jdbc.internal.mysql;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.internal.dialect.ClaimedRows;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RequeueBatch;
import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows;
import io.durableoutbox.jdbc.internal.dialect.Workspaces;
import io.durableoutbox.jdbc.internal.sql.MySqlWords;
import io.durableoutbox.jdbc.internal.sql.SharedSql;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jooq.Configuration;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;

/**
 * MariaDB 10.11 and later and MySQL 9.7 and later, in the words that both know.
 *
 * <p>Times are in UTC: they are made by {@code UTC_TIMESTAMP(6)} and read as microseconds since
 * 1970, never by the session's or the driver's time zone. Rows are locked in the order of the
 * primary key, by the primary key.
 */
public final class MySqlDialect implements Dialect {
  static final int DUPLICATE_KEY = 1062;

  private final Configuration configuration;
  private final MySqlAdd add;
  private final MySqlClaim claim;
  private final String versionSql;
  private final MySqlSettlement settling;
  private final Workspaces workspaces;
  private final String prefix;

  /**
   * Makes it.
   *
   * @param product as the driver says: jOOQ warns of the version if it takes one for the other
   */
  public MySqlDialect(String prefix, String product) {
    this.prefix = prefix;
    configuration =
        Dialect.configuration(product.equals("MySQL") ? SQLDialect.MYSQL : SQLDialect.MARIADB);
    UnaryOperator<String> in = this::in;
    add = new MySqlAdd(in);
    settling = new MySqlSettlement(in);
    claim = new MySqlClaim(in, settling);
    workspaces = new Workspaces(this::using, MySqlWorkspaces.ALL.in(in));
    versionSql =
        in.apply(
            "/* outbox:version */ SELECT version, oldest_library FROM $.outbox_schema_version");
  }

  @Override
  public Configuration configuration() {
    return configuration;
  }

  @Override
  public String in(String statement) {
    return SharedSql.mySql(MySqlWords.of(statement), prefix);
  }

  @Override
  public @Nullable Object value(@Nullable Object value) {
    return SharedSql.mySqlValue(value);
  }

  @Override
  public Query query(Connection connection, String statement, @Nullable Object... values) {
    SharedSql.Bound bound = SharedSql.spread(in(statement), values);
    return using(connection).query(bound.text(), bound.values().toArray());
  }

  @Override
  public ResultQuery<Record> resultQuery(
      Connection connection, String statement, @Nullable Object... values) {
    SharedSql.Bound bound = SharedSql.spread(in(statement), values);
    return using(connection).resultQuery(bound.text(), bound.values().toArray());
  }

  @Override
  public RetentionSql retention() {
    return RetentionSql.MYSQL;
  }

  @Override
  public String versionSql() {
    return versionSql;
  }

  @Override
  public Set<UUID> add(Connection connection, List<Action> actions, @Nullable String traceparent)
      throws SQLException {
    return add.add(connection, actions, traceparent);
  }

  /** Returns a mark for each value, as many as there are. */
  static String marks(String mark, int times) {
    return String.join(", ", Collections.nCopies(times, mark));
  }

  @Override
  public ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe)
      throws SQLException {
    return claim.claim(connection, spec, probe);
  }

  @Override
  public Settled settle(Connection connection, SettlementRows outcomes) throws SQLException {
    return settling.settle(connection, outcomes);
  }

  @Override
  public Workspaces workspaces() {
    return workspaces;
  }

  @Override
  public void checkErasing(Connection transaction) throws SQLException {
    if (transaction.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
      throw new OutboxException(
          "On MariaDB and MySQL a transaction that erases a customer must be READ COMMITTED, or it would"
              + " miss what has moved since its first read, and keep relays waiting; call"
              + " setTransactionIsolation before it begins, or use the form without a connection");
    }
  }

  @Override
  public List<UUID> requeue(Connection connection, RequeueBatch batch) {
    return MySqlRequeue.requeue(this, connection, batch);
  }
}
