package io.durableoutbox.internal.moengage;

import io.durableoutbox.destination.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request and finds out what came of it.
 *
 * <p>Where the fault is the connection's, the same body goes out at once on another: when a
 * connection that others used before gives no answer, since idle ones are closed or forgotten at
 * any moment; when an HTTP/2 server says that it did not process the request; after 421 and 425.
 * That is safe because the UUIDs are the same. All tries together take no longer than the call
 * timeout. What a fresh connection says counts.
 */
final class SendTask implements Runnable {
  private static final int MAX_TRIES = 3;

  private final Connections connections;
  private final Request request;
  private final long deadlineNanos;
  private final boolean acceptAnySuccess;
  private final CompletableFuture<Outcome> result;
  private volatile Outcome.@Nullable Unknown unknownBefore;

  SendTask(
      Connections connections,
      Request request,
      Duration callTimeout,
      boolean acceptAnySuccess,
      CompletableFuture<Outcome> result) {
    this.connections = connections;
    this.request = request;
    this.deadlineNanos = System.nanoTime() + callTimeout.toNanos();
    this.acceptAnySuccess = acceptAnySuccess;
    this.result = result;
  }

  /** Returns the listener of a call that was made here. */
  static CallTrace traceOf(Call call) {
    return Objects.requireNonNull(call.request().tag(CallTrace.class));
  }

  @Override
  public void run() {
    try {
      result.complete(send());
    } catch (Throwable t) {
      // Whatever it was, the relay must know that this request is over.
      result.complete(
          new Outcome.Unknown(null, "the client failed with " + t.getClass().getName(), null));
      if (t instanceof Error e) {
        throw e;
      }
    }
  }

  private Outcome send() {
    for (int tries = 1; ; tries++) {
      Try one = new Try(connections.current());
      Outcome outcome = one.send();
      boolean again =
          one.connectionsFault
              && (one.trace.reused() || tries == 1)
              && tries < MAX_TRIES
              && System.nanoTime() - deadlineNanos < 0
              && !connections.isClosed();
      if (!again) {
        return afterWhatWasBefore(outcome);
      } else if (outcome instanceof Outcome.Unknown unknown) {
        unknownBefore = unknown;
      }
    }
  }

  /** What may have arrived on an earlier connection stays so where the last one came to nothing. */
  private Outcome afterWhatWasBefore(Outcome last) {
    Outcome.Unknown before = unknownBefore;
    return before == null || last.status() != null || last instanceof Outcome.Unknown
        ? last
        : new Outcome.Unknown(
            null, before.message() + "; then on a fresh connection " + last.message(), null);
  }

  /** One call. */
  private final class Try {
    private final OkHttpClient client;
    private final CallTrace trace;
    private boolean connectionsFault;

    private Try(OkHttpClient client) {
      this.client = client;
      this.trace = new CallTrace(connections, this::notConnected);
    }

    private void notConnected() {
      result.complete(afterWhatWasBefore(AnswerTable.notConnected(trace)));
    }

    private Outcome send() {
      Call call = client.newCall(request.newBuilder().tag(CallTrace.class, trace).build());
      call.timeout().timeout(Math.max(1, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
      try (Response response = call.execute()) {
        HttpAnswer answer = HttpAnswer.of(response);
        connectionsFault = answer.status() == 421 || answer.status() == 425;
        if (connectionsFault || answer.incomplete() != null) {
          connections.abandon(client);
        }
        return AnswerTable.of(answer, acceptAnySuccess);
      } catch (IOException e) {
        boolean noAnswer = trace.connected() && trace.status() == 0;
        connectionsFault = noAnswer && (trace.reused() || AnswerTable.wasNotProcessed(e));
        if (noAnswer) {
          connections.abandon(client);
        }
        return trace.status() == 0
            ? AnswerTable.of(e, trace)
            : AnswerTable.of(HttpAnswer.broken(trace.status()), acceptAnySuccess);
      }
    }
  }
}
