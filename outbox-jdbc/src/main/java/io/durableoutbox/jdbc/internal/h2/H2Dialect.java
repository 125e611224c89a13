package io.durableoutbox.jdbc.internal.h2;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.internal.dialect.ClaimedRows;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RequeueBatch;
import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows;
import io.durableoutbox.jdbc.internal.dialect.Workspaces;
import io.durableoutbox.jdbc.internal.sql.SharedSql;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jooq.Configuration;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;

/**
 * H2 2.4 and later in its regular mode, embedded: no network, so a statement for each row costs no
 * round trip. It has no data-modifying CTE; a row moves by {@code INSERT ... SELECT FROM OLD TABLE
 * (DELETE ...)}.
 */
public final class H2Dialect implements Dialect {
  private final Configuration configuration = Dialect.configuration(SQLDialect.H2);
  private final H2Add add;
  private final H2Claim claim;
  private final String versionSql;
  private final H2Settlement settling;
  private final Workspaces workspaces;
  private final String prefix;

  public H2Dialect(String prefix) {
    this.prefix = prefix;
    UnaryOperator<String> in = this::in;
    add = new H2Add(in);
    settling = new H2Settlement(in);
    claim = new H2Claim(in, settling);
    workspaces = new Workspaces(this::using, H2Workspaces.ALL.in(in));
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
    return RetentionSql.H2;
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
  public List<UUID> requeue(Connection connection, RequeueBatch batch) {
    return H2Requeue.requeue(this, connection, batch);
  }
}
