package io.durableoutbox.jdbc.internal;

import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.Settlement;
import java.util.List;

/** The relay's store: each call is one transaction of its own. */
public final class JdbcStore implements RelayStore {
  private final Dialect dialect;
  private final Transactions transactions;

  /** Makes the store; touches nothing. */
  public JdbcStore(Dialect dialect, Transactions transactions) {
    this.dialect = dialect;
    this.transactions = transactions;
  }

  @Override
  public Claim claim(ClaimSpec spec) {
    return transactions.run("claim actions", connection -> dialect.claim(connection, spec));
  }

  @Override
  public Settled settle(List<Settlement> settlements) {
    Outcomes outcomes = Outcomes.of(settlements);
    return transactions.run("settle actions", connection -> dialect.settle(connection, outcomes));
  }
}
