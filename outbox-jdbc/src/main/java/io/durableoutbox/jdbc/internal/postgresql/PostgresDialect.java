package io.durableoutbox.jdbc.internal.postgresql;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.internal.dialect.ClaimedRows;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RequeueBatch;
import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows;
import io.durableoutbox.jdbc.internal.dialect.Workspaces;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import io.durableoutbox.jdbc.internal.sql.SharedSql;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.jdbc.internal.sql.TwoStatements;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.jooq.Configuration;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL 12 and later. Many rows go in one statement, as one array for each column, so that a
 * statement's text is the same for any number of rows and is prepared once.
 */
public final class PostgresDialect implements Dialect {
  private final Configuration configuration = Dialect.configuration(SQLDialect.POSTGRES);
  private final PostgresAdd add;
  private final PostgresClaim claim;
  private final String versionSql;
  private final PostgresSettlement settling;
  private final Workspaces workspaces;
  private final String prefix;
  private volatile boolean takesTwoStatements = true;

  public PostgresDialect(String prefix) {
    this(prefix, true);
  }

  public PostgresDialect(String prefix, boolean asynchronousCommit) {
    this.prefix = prefix;
    String commit = asynchronousCommit ? "'off'" : "current_setting('synchronous_commit')";
    UnaryOperator<String> in = text -> in(text.replace("$commit", commit));
    add = new PostgresAdd(in);
    claim = new PostgresClaim(in);
    settling = new PostgresSettlement(in);
    workspaces = new Workspaces(this::using, PostgresWorkspaces.ALL.in(in));
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
    return SharedSql.standard(statement, prefix);
  }

  @Override
  public RetentionSql retention() {
    return RetentionSql.POSTGRES;
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

  @Override
  public boolean claimsInOneStatement() {
    return takesTwoStatements;
  }

  @Override
  public void learn(Transactions transactions) {
    takesTwoStatements = TwoStatements.areTaken(transactions);
    Pooler.warn(transactions);
  }

  @Override
  public ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe)
      throws SQLException {
    return claim.claim(connection, spec, probe, takesTwoStatements);
  }

  /**
   * Returns the plan of the claim, line by line.
   *
   * @param explain the statement that asks for it, such as {@code EXPLAIN}
   */
  public List<String> explainClaim(Connection connection, String explain, ClaimSpec spec) {
    return using(connection)
        .resultQuery(explain + " " + claim.sql(), PostgresClaim.values(spec, false))
        .fetch(0, String.class);
  }

  @Override
  public Settled settle(Connection connection, SettlementRows outcomes) throws SQLException {
    return settling.settle(connection, outcomes);
  }

  @Override
  public @Nullable String hiddenBy(Connection connection) throws SQLException {
    return Jdbc.query(
            connection,
            PrivilegeChecks.ROW_SECURITY,
            row -> row.next() ? Optional.of(row.getString(1)) : Optional.<String>empty(),
            prefix)
        .orElse(null);
  }

  @Override
  public Workspaces workspaces() {
    return workspaces;
  }

  @Override
  public List<UUID> requeue(Connection connection, RequeueBatch batch) {
    return PostgresRequeue.requeue(this, connection, batch);
  }

  /** Makes the array of one column's values. */
  static <R, C> C[] column(List<R> rows, IntFunction<C[]> array, Function<R, ? extends C> value) {
    C[] column = array.apply(rows.size());
    for (int i = 0; i < column.length; i++) {
      column[i] = value.apply(rows.get(i));
    }
    return column;
  }
}
