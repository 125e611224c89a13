package io.durableoutbox.internal.moengage;

import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/** One workspace's HTTP client. The relay bounds how many calls are out, so the client does not. */
public final class MoEngageClient implements AutoCloseable {
  private static final Duration MAX_CONNECT = Duration.ofSeconds(10);
  private static final Duration MIN_PING = Duration.ofSeconds(1);
  private static final Duration MAX_PING = Duration.ofSeconds(5);

  private final HttpUrl url;
  private final String workspaceId;
  private final Supplier<String> apiKey;
  private final Duration callTimeout;
  private final boolean acceptAnySuccess;
  private final ExecutorService threads;
  private final Connections connections;
  // The key that the destination refused last, or "" for a supplier that gave none.
  private volatile @Nullable String refusedKey;

  /** Makes the client; connects to nothing. */
  public MoEngageClient(
      URI baseUrl,
      String workspaceId,
      Supplier<String> apiKey,
      Duration callTimeout,
      boolean acceptAnySuccess,
      @Nullable ThreadFactory threads) {
    this(
        baseUrl,
        workspaceId,
        apiKey,
        callTimeout,
        acceptAnySuccess,
        threads,
        Connections.MAX_IDLE_TIME,
        UnaryOperator.identity());
  }

  /** Makes the client with what tests need besides: patience on a busy machine, names, HTTP/2. */
  MoEngageClient(
      URI baseUrl,
      String workspaceId,
      Supplier<String> apiKey,
      Duration callTimeout,
      boolean acceptAnySuccess,
      @Nullable ThreadFactory threads,
      Duration maxIdleTime,
      UnaryOperator<OkHttpClient.Builder> more) {
    this.url =
        HttpUrl.get(baseUrl.toString())
            .newBuilder()
            .addPathSegments("v1/experiences/events")
            .build();
    this.workspaceId = workspaceId;
    this.apiKey = apiKey;
    this.callTimeout = callTimeout;
    this.acceptAnySuccess = acceptAnySuccess;
    this.threads = pool(threads == null ? MoEngageClient::daemon : threads);
    this.connections =
        new Connections(
            more.apply(
                new OkHttpClient.Builder()
                    .socketFactory(new NoDelaySockets())
                    .eventListenerFactory(SendTask::traceOf)
                    .connectTimeout(shorter(callTimeout, MAX_CONNECT))
                    .readTimeout(callTimeout)
                    .writeTimeout(callTimeout)
                    .pingInterval(pingInterval(callTimeout))
                    .followRedirects(false)
                    .followSslRedirects(false)),
            maxIdleTime);
  }

  /** Finds a dead HTTP/2 connection while there is still time for another. */
  private static Duration pingInterval(Duration callTimeout) {
    Duration quarter = shorter(callTimeout.dividedBy(4), MAX_PING);
    return quarter.compareTo(MIN_PING) < 0 ? MIN_PING : quarter;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static ExecutorService pool(ThreadFactory threads) {
    return new ThreadPoolExecutor(
        0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "outbox-http");
    thread.setDaemon(true);
    return thread;
  }

  /** Returns where requests go. */
  public URI address() {
    return url.uri();
  }

  /** Sends a request; the stage never completes exceptionally. */
  public CompletionStage<Reply> send(Request request) {
    String key;
    try {
      key = apiKey.get();
    } catch (RuntimeException e) {
      // Its message may hold the secret that it could not read.
      return notSent("the supplier of the API key failed with " + e.getClass().getName());
    }
    if (key == null || key.isEmpty()) {
      return notSent("the supplier of the API key gave none");
    }
    EventsBody body = new EventsBody(request);
    okhttp3.Request httpRequest =
        new okhttp3.Request.Builder()
            .url(url)
            .header("Authorization", Credentials.basic(workspaceId, key, StandardCharsets.UTF_8))
            .header("MOE-APPKEY", workspaceId)
            .header("User-Agent", "durable-outbox")
            .post(body)
            .build();
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    try {
      threads.execute(
          new SendTask(connections, httpRequest, callTimeout, acceptAnySuccess, outcome));
    } catch (RejectedExecutionException e) {
      outcome.complete(new Outcome.Unavailable(null, "the destination is closed"));
    }
    return outcome.thenApply(
        came -> {
          if (came instanceof Outcome.Misconfigured) {
            refusedKey = key;
          }
          return new Reply(came, body.bytes());
        });
  }

  private CompletionStage<Reply> notSent(String why) {
    refusedKey = "";
    return CompletableFuture.completedFuture(new Reply(new Outcome.Misconfigured(null, why), 0));
  }

  /** Returns whether the supplier still gives the key that was refused last; never throws. */
  public boolean credentialsRefused() {
    String refused = refusedKey;
    if (refused == null) {
      return false;
    }
    String key;
    try {
      key = apiKey.get();
    } catch (RuntimeException e) {
      key = null;
    }
    return refused.equals(key == null ? "" : key);
  }

  @Override
  public void close() {
    connections.close();
    threads.shutdown();
  }
}
