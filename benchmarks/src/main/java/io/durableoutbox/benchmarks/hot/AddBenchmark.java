package io.durableoutbox.benchmarks.hot;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.AddResult;
import io.durableoutbox.jdbc.JdbcOutbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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
 * Making actions and adding them on PostgreSQL, inside a transaction that is open: the server's
 * work and one round trip are in it, a commit is not.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AddBenchmark {
  private static final int HUNDRED = 100;

  private final HotDatabase database = new HotDatabase();
  private final JdbcOutbox outbox = JdbcOutbox.create(database.pool);
  private final Connection transaction = database.begin();
  private int user;

  @Benchmark
  public AddResult addOne() {
    return outbox.add(transaction, Sample.action(user++));
  }

  @Benchmark
  @OperationsPerInvocation(HUNDRED)
  public AddResult addHundred() {
    List<Action> actions = new ArrayList<>(HUNDRED);
    for (int i = 0; i < HUNDRED; i++) {
      actions.add(Sample.action(user++));
    }
    return outbox.add(transaction, actions);
  }

  /** Begins with an empty table. */
  @Setup(Level.Iteration)
  public void forget() throws SQLException {
    transaction.rollback();
    database.execute("TRUNCATE TABLE outbox");
  }

  /** Gives all back. */
  @TearDown
  public void close() throws SQLException {
    transaction.close();
    database.close();
  }
}
