package io.durableoutbox.jdbc.internal;

import io.durableoutbox.jdbc.internal.dialect.ClaimedRows;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows;
import io.durableoutbox.jdbc.internal.dialect.Workspaces;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** The relay's store: each call is one transaction of its own, or two when a claim probes. */
public final class JdbcRelayStore implements RelayStore {
  /**
   * How long the server may be silent in a call of the relay's, which takes milliseconds as a rule:
   * longer than MariaDB and MySQL wait for a lock.
   */
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private final Dialect dialect;
  private final Transactions transactions;

  /** Makes the store; touches nothing. */
  public JdbcRelayStore(Dialect dialect, Transactions transactions) {
    this(dialect, transactions, SILENCE);
  }

  JdbcRelayStore(Dialect dialect, Transactions transactions, Duration silence) {
    this.dialect = dialect;
    this.transactions = transactions.within(silence);
  }

  /** One transaction, unless a pause is over. */
  @Override
  public Claim claim(ClaimSpec spec) {
    ClaimedRows rows =
        dialect.claimsInOneStatement()
            ? transactions.runStatementAgain("claim actions", c -> dialect.claim(c, spec, false))
            : transactions.runAgain("claim actions", c -> dialect.claim(c, spec, false));
    Pause pause = rows.workspace().pause();
    return pause != null && mayProbe(pause, spec)
        ? transactions.runAgain("claim actions", connection -> probe(connection, spec, rows))
        : toClaim(rows, rows, false);
  }

  /** Takes what the workspace is probed with, unless another relay probes it. */
  private Claim probe(Connection connection, ClaimSpec spec, ClaimedRows before)
      throws SQLException {
    if (!workspaces().takeProbe(connection, spec)) {
      return toClaim(before, before, false);
    }
    ClaimedRows probe = dialect.claim(connection, spec, true);
    if (probe.actions().isEmpty()) {
      workspaces().returnProbe(connection, spec);
    }
    return toClaim(probe, before, !probe.actions().isEmpty());
  }

  private static boolean mayProbe(Pause pause, ClaimSpec spec) {
    boolean over =
        pause.remaining() != null && (pause.remaining().isZero() || pause.remaining().isNegative());
    boolean otherCredentials = spec.newCredentials() && "misconfigured".equals(pause.cause());
    return spec.maxActions() > 0 && (over || otherCredentials);
  }

  private static Claim toClaim(ClaimedRows rows, ClaimedRows before, boolean probe) {
    ClaimedRows.State state = before.workspace();
    return new Claim(
        rows.actions(), rows.more(), state.pause(), probe, state.probedOpenBy(), state.now());
  }

  private Workspaces workspaces() {
    return dialect.workspaces();
  }

  @Override
  public Settled settle(List<Settlement> settlements) {
    SettlementRows outcomes = SettlementRows.of(settlements);
    return transactions.runAgain(
        "settle actions", connection -> dialect.settle(connection, outcomes));
  }

  @Override
  public void pause(PauseSpec spec) {
    transactions.runAgain(
        "pause a workspace",
        connection -> {
          workspaces().pause(connection, spec);
          return true;
        });
  }

  @Override
  public void resume(String workspace, UUID probeId, String relay) {
    transactions.runAgain(
        "resume a workspace",
        connection -> {
          workspaces().resume(connection, workspace, probeId, relay);
          return true;
        });
  }

  @Override
  public List<Backlog> backlogs() {
    return transactions.runAgain(
        "look for workspaces", connection -> workspaces().backlogs(connection));
  }
}
