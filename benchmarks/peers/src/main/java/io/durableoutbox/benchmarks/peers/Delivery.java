package io.durableoutbox.benchmarks.peers;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.ConnectionPool;
import okhttp3.Credentials;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Sends one event a request, as every peer's handler does, and takes the time of all of them. */
final class Delivery {
  private static final MediaType JSON = MediaType.get("application/json");
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final OkHttpClient client;
  private final String url;
  private final AtomicReference<@Nullable Round> round = new AtomicReference<>();

  /** Events that are expected, from the first one's begin to the last one's success. */
  static final class Round {
    private final int expected;
    private final AtomicInteger delivered = new AtomicInteger();
    private final AtomicReference<@Nullable Moment> begin = new AtomicReference<>();
    private volatile @Nullable Moment end;

    private Round(int expected) {
      this.expected = expected;
    }

    boolean isDone() {
      return end != null;
    }

    int delivered() {
      return delivered.get();
    }

    long nanos() {
      return end().nanos - begin().nanos;
    }

    long cpuNanos() {
      return end().cpuNanos - begin().cpuNanos;
    }

    private Moment begin() {
      Moment moment = begin.get();
      if (moment == null) {
        throw new IllegalStateException("nothing was delivered");
      }
      return moment;
    }

    private Moment end() {
      Moment moment = end;
      if (moment == null) {
        throw new IllegalStateException("not all was delivered");
      }
      return moment;
    }
  }

  private record Moment(long nanos, long cpuNanos) {
    static Moment now() {
      return new Moment(System.nanoTime(), SYSTEM.getProcessCpuTime());
    }
  }

  /**
   * Prepares it.
   *
   * @param threads as many connections are kept open
   */
  Delivery(String destination, int threads) {
    client =
        new OkHttpClient.Builder()
            .connectionPool(new ConnectionPool(threads, 5, TimeUnit.MINUTES))
            .callTimeout(Duration.ofSeconds(30))
            .build();
    url = destination + "/v1/experiences/events";
  }

  Round expect(int events) {
    Round next = new Round(events);
    round.set(next);
    return next;
  }

  /** Sends it, and returns when it was accepted. */
  void deliver(String body) {
    Round current = round.get();
    if (current == null) {
      throw new IllegalStateException("nothing is expected yet");
    }
    if (current.begin.get() == null) {
      current.begin.compareAndSet(null, Moment.now());
    }
    Request request =
        new Request.Builder()
            .url(url)
            .header("Authorization", Credentials.basic("TEST_WORKSPACE", "TEST_KEY"))
            .header("MOE-APPKEY", "TEST_WORKSPACE")
            .post(RequestBody.create(body, JSON))
            .build();
    try (Response response = client.newCall(request).execute()) {
      if (!response.isSuccessful()) {
        throw new IllegalStateException("the destination answered " + response.code());
      }
      response.body().bytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (current.delivered.incrementAndGet() == current.expected) {
      current.end = Moment.now();
    }
  }
}
