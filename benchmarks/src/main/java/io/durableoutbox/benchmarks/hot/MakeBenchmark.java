package io.durableoutbox.benchmarks.hot;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Making and checking one action. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MakeBenchmark {
  private final Map<String, String> context = Sample.contextMap();
  private int user;

  @Benchmark
  public Action makeFromJson() {
    return Sample.action(user++);
  }

  @Benchmark
  public Action makeFromMap() {
    return Action.shown("user-" + user++ + "@example.com", context).platform(Platform.WEB).build();
  }
}
