package io.durableoutbox.benchmarks.hot;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.moengage.EventsBody;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Writing the body of a request of 100 users with one action each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BodyBenchmark {
  private static final int ACTIONS = 100;

  private final Request request =
      new Request(
          UUID.randomUUID(),
          Sample.claim(ACTIONS, ACTIONS).stream().map(BodyBenchmark::element).toList());
  private final Buffer sink = new Buffer();

  private static Request.Element element(ClaimedAction action) {
    return new Request.Element(
        action.customerId(), action.userTimezoneOffset(), null, List.of(action));
  }

  /** As the client does: first the length, then the bytes. */
  @Benchmark
  @OperationsPerInvocation(ACTIONS)
  public long body() throws IOException {
    EventsBody body = new EventsBody(request);
    long length = body.contentLength();
    body.writeTo(sink);
    sink.clear();
    return length;
  }
}
