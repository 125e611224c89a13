package io.durableoutbox.benchmarks.hot;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.Uuids;
import io.durableoutbox.internal.relay.request.RequestPacker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Packing a claim of 1,000 actions into requests. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PackBenchmark {
  private static final int ACTIONS = 1_000;

  @Param({"1000", "100"})
  public int users;

  private final RequestPacker packer =
      new RequestPacker(
          new RelaySettings(
              "relay",
              Duration.ofMillis(500),
              Duration.ofSeconds(60),
              new RelaySettings.Requests(1, 4, 100, 1_000, 1_000_000, 0, 0),
              new RelaySettings.Retries(
                  Duration.ofSeconds(1),
                  Duration.ofMinutes(5),
                  Duration.ofMinutes(30),
                  Duration.ofDays(2),
                  20)),
          new Uuids(InstantSource.system(), new SplittableRandom(1)));
  private List<ClaimedAction> claim = List.of();

  /** Makes the claim. */
  @Setup
  public void claim() {
    claim = Sample.claim(ACTIONS, users);
  }

  @Benchmark
  @OperationsPerInvocation(ACTIONS)
  public List<Request> pack() {
    return packer.pack(claim);
  }
}
