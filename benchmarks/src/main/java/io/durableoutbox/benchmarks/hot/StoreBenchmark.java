package io.durableoutbox.benchmarks.hot;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.jdbc.internal.Families;
import io.durableoutbox.jdbc.internal.JdbcRelayStore;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.Settlement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Claiming and settling on PostgreSQL, the server's work and the commits in it.
 *
 * <p>An iteration is one pass over 20 groups of 1,000 actions. Before each, the tables are made
 * anew from a copy, by the server alone: so the same objects can be settled again, and what is
 * allocated is the operation's own. Each group is a workspace, so that no claim steps over the rows
 * of the one before.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 10)
@Measurement(iterations = 10)
public class StoreBenchmark {
  private static final int GROUPS = 20;
  private static final int GROUP = 1_000;
  private static final int REQUEST = 100;

  /** Claims all groups. */
  @Benchmark
  @OperationsPerInvocation(GROUPS * GROUP)
  public int claim(Waiting waiting) {
    int claimed = 0;
    for (int group = 0; group < GROUPS; group++) {
      claimed += waiting.claim(group, UUID.randomUUID()).size();
    }
    return complete(claimed);
  }

  /** Settles all groups as delivered, ten requests in one call. */
  @Benchmark
  @OperationsPerInvocation(GROUPS * GROUP)
  public int settle(Claimed claimed) {
    int delivered = 0;
    for (List<Settlement> group : claimed.groups) {
      delivered += claimed.store.settle(group).delivered();
    }
    return complete(delivered);
  }

  private static int complete(int actions) {
    if (actions != GROUPS * GROUP) {
      throw new IllegalStateException(actions + " actions were met, not " + GROUPS * GROUP);
    }
    return actions;
  }

  /** A queue that can be made anew. */
  abstract static class Queue {
    final HotDatabase database = new HotDatabase();
    final RelayStore store = store(database);

    private static RelayStore store(HotDatabase database) {
      Transactions transactions = Transactions.on(database.pool);
      return new JdbcRelayStore(
          transactions.run("make the dialect", c -> Families.dialect(c, null)), transactions);
    }

    /** Fills it. */
    @Setup
    public void fill() throws SQLException {
      database.execute(
          "TRUNCATE TABLE outbox",
          """
          INSERT INTO outbox (workspace, customer_id, action, event_time, platform, attributes, validated)
          SELECT 'group-' || n %% %d, 'user-' || n || '@example.com', 'MOE_PERSONALIZATION_MESSAGE_SHOWN',
                 now(), 'web', '%s', true
            FROM generate_series(1, %d) AS n
          """
              .formatted(GROUPS, Sample.CONTEXT, GROUPS * GROUP));
      prepare();
      database.execute(
          "DROP TABLE IF EXISTS outbox_copy", "CREATE TABLE outbox_copy AS TABLE outbox");
    }

    /** Brings the rows into the state that they are to be copied in. */
    void prepare() {}

    /** Makes the queue anew. */
    @Setup(Level.Iteration)
    public void renew() throws SQLException {
      database.execute(
          "TRUNCATE TABLE outbox, outbox_delivered, outbox_request, outbox_attempt",
          "INSERT INTO outbox TABLE outbox_copy");
    }

    /** Gives all back. */
    @TearDown
    public void close() throws SQLException {
      database.execute("DROP TABLE outbox_copy");
      database.close();
    }

    final List<ClaimedAction> claim(int group, UUID claimId) {
      return store
          .claim(
              new RelayStore.ClaimSpec(
                  workspace(group),
                  claimId,
                  "relay",
                  GROUP,
                  REQUEST,
                  Long.MAX_VALUE,
                  Duration.ofMinutes(1),
                  0,
                  false))
          .actions();
    }

    static String workspace(int group) {
      return "group-" + group;
    }
  }

  /** Nothing is claimed. */
  @State(Scope.Benchmark)
  public static class Waiting extends Queue {}

  /** All is claimed and was accepted. */
  @State(Scope.Benchmark)
  public static class Claimed extends Queue {
    final List<List<Settlement>> groups = new ArrayList<>();

    @Override
    void prepare() {
      for (int group = 0; group < GROUPS; group++) {
        UUID claimId = UUID.randomUUID();
        List<ClaimedAction> actions = claim(group, claimId);
        List<Settlement> settlements = new ArrayList<>();
        for (int from = 0; from < actions.size(); from += REQUEST) {
          settlements.add(
              accepted(workspace(group), claimId, actions.subList(from, from + REQUEST)));
        }
        groups.add(settlements);
      }
    }

    private static Settlement accepted(
        String workspace, UUID claimId, List<ClaimedAction> actions) {
      return new Settlement(
          workspace,
          claimId,
          actions,
          new Disposition.Delivered(),
          List.of(
              new Settlement.Attempt(
                  UUID.randomUUID(),
                  "relay",
                  Duration.ofMillis(5),
                  Duration.ofMillis(50),
                  actions.size(),
                  actions.size(),
                  actions.size() * 500,
                  new Outcome.Accepted(200, UUID.randomUUID().toString(), null))));
    }
  }
}
