package io.durableoutbox.internal.moengage;

import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.Reply;
import io.durableoutbox.spi.Request;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.ConnectionPool;
import okhttp3.Credentials;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/** One workspace's HTTP client. The relay bounds how many calls are out, so the client does not. */
public final class MoEngageClient implements AutoCloseable {
  // What is recorded of an answer is shorter still; this leaves room to parse a JSON error.
  private static final int MAX_ANSWER_BYTES = 64 * 1024;
  private static final int MAX_IDLE_CONNECTIONS = 64;
  private static final Duration MAX_CONNECT = Duration.ofSeconds(10);

  private final HttpUrl url;
  private final String workspaceId;
  private final Supplier<String> apiKey;
  private final OkHttpClient http;
  // The key that the destination refused last, or "" for a supplier that gave none.
  private volatile @Nullable String refusedKey;

  /** Makes the client; connects to nothing. */
  public MoEngageClient(
      URI baseUrl,
      String workspaceId,
      Supplier<String> apiKey,
      Duration callTimeout,
      @Nullable ThreadFactory threads) {
    this.url =
        HttpUrl.get(baseUrl.toString())
            .newBuilder()
            .addPathSegments("v1/experiences/events")
            .build();
    this.workspaceId = workspaceId;
    this.apiKey = apiKey;
    Dispatcher dispatcher =
        new Dispatcher(pool(threads == null ? MoEngageClient::daemon : threads));
    dispatcher.setMaxRequests(Integer.MAX_VALUE);
    dispatcher.setMaxRequestsPerHost(Integer.MAX_VALUE);
    this.http =
        new OkHttpClient.Builder()
            .dispatcher(dispatcher)
            .socketFactory(new PromptSockets())
            .connectionPool(new ConnectionPool(MAX_IDLE_CONNECTIONS, 5, TimeUnit.MINUTES))
            .callTimeout(callTimeout)
            .connectTimeout(callTimeout.compareTo(MAX_CONNECT) < 0 ? callTimeout : MAX_CONNECT)
            .readTimeout(callTimeout)
            .writeTimeout(callTimeout)
            .followRedirects(false)
            .followSslRedirects(false)
            .build();
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
    String usedKey = key;
    EventsBody body = new EventsBody(request);
    okhttp3.Request httpRequest =
        new okhttp3.Request.Builder()
            .url(url)
            .header("Authorization", Credentials.basic(workspaceId, key, StandardCharsets.UTF_8))
            .header("MOE-APPKEY", workspaceId)
            .header("User-Agent", "durable-outbox")
            .post(body)
            .build();
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    http.newCall(httpRequest)
        .enqueue(
            new Callback() {
              @Override
              public void onFailure(Call call, IOException e) {
                reply.complete(new Reply(Answers.of(e), body.bytes()));
              }

              @Override
              public void onResponse(Call call, Response response) {
                Outcome outcome =
                    Answers.of(
                        response.code(),
                        beginning(response),
                        Patience.askedFor(response.headers(), Instant.now()));
                if (outcome instanceof Outcome.Misconfigured) {
                  refusedKey = usedKey;
                }
                reply.complete(new Reply(outcome, body.bytes()));
              }
            });
    return reply;
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

  /** Reads what is needed of the body; the status alone has to do when it can't be read. */
  private static String beginning(Response response) {
    Buffer read = new Buffer();
    try (ResponseBody body = response.body()) {
      BufferedSource source = body.source();
      while (read.size() < MAX_ANSWER_BYTES
          && source.read(read, MAX_ANSWER_BYTES - read.size()) != -1) {
        // Until the end or the bound.
      }
    } catch (IOException e) {
      return read.readUtf8() + " [the answer broke off: " + e.getClass().getSimpleName() + "]";
    }
    return read.readUtf8();
  }

  @Override
  public void close() {
    http.dispatcher().cancelAll();
    http.dispatcher().executorService().shutdown();
    http.connectionPool().evictAll();
  }
}
