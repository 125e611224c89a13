package io.durableoutbox.opentelemetry;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A destination with a span for each request. Names are those of the semantic conventions for
 * messaging and HTTP clients; those that begin with {@code outbox.} are our own.
 */
final class TracedDestination implements Destination {
  /** What an SDK keeps of a span's links by default. */
  static final int MAX_LINKS = 128;

  private static final Logger log = LoggerFactory.getLogger(OutboxTracing.class);

  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  private static final AttributeKey<String> OPERATION =
      AttributeKey.stringKey("messaging.operation.name");
  private static final AttributeKey<String> OPERATION_TYPE =
      AttributeKey.stringKey("messaging.operation.type");
  private static final AttributeKey<String> DESTINATION =
      AttributeKey.stringKey("messaging.destination.name");
  private static final AttributeKey<Long> MESSAGES =
      AttributeKey.longKey("messaging.batch.message_count");
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<Long> BODY_SIZE =
      AttributeKey.longKey("http.request.body.size");
  private static final AttributeKey<String> URL = AttributeKey.stringKey("url.full");
  private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
  private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> REQUEST_ID =
      AttributeKey.stringKey("outbox.request.id");
  private static final AttributeKey<Long> USERS = AttributeKey.longKey("outbox.request.users");
  private static final AttributeKey<Long> WRITERS = AttributeKey.longKey("outbox.request.writers");
  private static final AttributeKey<String> OUTCOME =
      AttributeKey.stringKey("outbox.request.outcome");

  private static final TextMapGetter<String> TRACEPARENT =
      new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable String traceparent, String key) {
          return key.equals("traceparent") ? traceparent : null;
        }
      };

  private final Tracer tracer;
  private final Destination destination;
  private final Attributes fixed;
  private final AtomicBoolean told = new AtomicBoolean();

  TracedDestination(Tracer tracer, Destination destination, @Nullable URI address) {
    this.tracer = tracer;
    this.destination = Objects.requireNonNull(destination, "destination");
    AttributesBuilder attributes =
        Attributes.builder()
            .put(SYSTEM, "moengage")
            .put(OPERATION, "send")
            .put(OPERATION_TYPE, "send")
            .put(DESTINATION, destination.workspace())
            .put(METHOD, "POST");
    if (address != null) {
      putAddress(attributes, address);
    }
    this.fixed = attributes.build();
  }

  private static void putAddress(AttributesBuilder attributes, URI address) {
    String scheme = address.getScheme();
    String host = address.getHost();
    if (scheme == null || host == null) {
      throw new IllegalArgumentException("address must be an absolute URL with a host");
    }
    int port = address.getPort();
    String path = address.getRawPath() == null ? "" : address.getRawPath();
    attributes
        .put(URL, scheme + "://" + host + (port < 0 ? "" : ":" + port) + path)
        .put(ADDRESS, host)
        .put(PORT, (long) (port >= 0 ? port : scheme.equalsIgnoreCase("http") ? 80 : 443));
  }

  @Override
  public String workspace() {
    return destination.workspace();
  }

  @Override
  public URI address() {
    return destination.address();
  }

  @Override
  public Duration callTimeout() {
    return destination.callTimeout();
  }

  @Override
  public boolean credentialsRefused() {
    return destination.credentialsRefused();
  }

  @Override
  public void close() {
    destination.close();
  }

  @Override
  public Optional<String> problem(ClaimedAction action) {
    return destination.problem(action);
  }

  @Override
  public CompletionStage<Reply> send(Request request) {
    Span span = started(request);
    CompletionStage<Reply> answer;
    Scope scope = enter(span);
    try {
      answer = destination.send(request);
    } catch (RuntimeException | Error e) {
      end(span, null, e);
      throw e;
    } finally {
      leave(scope);
    }
    // A stage of its own, so that the relay sees the failure itself and not what wraps it.
    CompletableFuture<Reply> result = new CompletableFuture<>();
    answer.whenComplete(
        (reply, wrapped) -> {
          Throwable failure =
              wrapped instanceof CompletionException && wrapped.getCause() != null
                  ? wrapped.getCause()
                  : wrapped;
          end(span, reply, failure);
          if (failure == null) {
            result.complete(reply);
          } else {
            result.completeExceptionally(failure);
          }
        });
    return result;
  }

  private Span started(Request request) {
    try {
      // All that is known is given before the span starts, so that a sampler can see it.
      SpanBuilder span =
          tracer
              .spanBuilder("send " + destination.workspace())
              .setSpanKind(SpanKind.CLIENT)
              .setAllAttributes(fixed)
              .setAttribute(REQUEST_ID, request.id().toString())
              .setAttribute(USERS, (long) request.elements().size())
              .setAttribute(MESSAGES, (long) request.actions().size());
      Set<SpanContext> writers = writers(request);
      writers.stream().limit(MAX_LINKS).forEach(span::addLink);
      return span.setAttribute(WRITERS, (long) writers.size()).startSpan();
    } catch (RuntimeException | Error e) {
      tell(e);
      return Span.getInvalid();
    }
  }

  // Closed by the caller; a context storage that fails must not be taken for a destination that
  // does.
  @SuppressWarnings("MustBeClosedChecker")
  private Scope enter(Span span) {
    try {
      return span.makeCurrent();
    } catch (RuntimeException | Error e) {
      tell(e);
      return Scope.noop();
    }
  }

  private void leave(Scope scope) {
    try {
      scope.close();
    } catch (RuntimeException | Error e) {
      tell(e);
    }
  }

  /** Returns the spans that wrote its actions, each once; what is no traceparent is none. */
  private static Set<SpanContext> writers(Request request) {
    Set<String> seen = new LinkedHashSet<>();
    for (Request.Element element : request.elements()) {
      for (var action : element.actions()) {
        String traceparent = action.traceparent();
        if (traceparent != null) {
          seen.add(traceparent);
        }
      }
    }
    Set<SpanContext> writers = new LinkedHashSet<>();
    for (String traceparent : seen) {
      Context context =
          W3CTraceContextPropagator.getInstance().extract(Context.root(), traceparent, TRACEPARENT);
      SpanContext writer = Span.fromContext(context).getSpanContext();
      if (writer.isValid()) {
        writers.add(writer);
      }
    }
    return writers;
  }

  private void end(Span span, @Nullable Reply reply, @Nullable Throwable failure) {
    try {
      if (reply == null) {
        // The class alone: a message may quote what was sent.
        span.setAttribute(ERROR, failure == null ? "_OTHER" : failure.getClass().getName());
        span.setStatus(StatusCode.ERROR);
      } else {
        describe(span, reply);
      }
      span.end();
    } catch (RuntimeException | Error e) {
      tell(e);
    }
  }

  private static void describe(Span span, Reply reply) {
    Outcome outcome = reply.outcome();
    Integer status = outcome.status();
    span.setAttribute(OUTCOME, outcome.name());
    span.setAttribute(BODY_SIZE, (long) reply.bytes());
    if (status != null) {
      span.setAttribute(STATUS, status.longValue());
    }
    if (!(outcome instanceof Outcome.Accepted)) {
      span.setAttribute(ERROR, status == null ? outcome.name() : status.toString());
      span.setStatus(StatusCode.ERROR);
    }
  }

  private void tell(Throwable failure) {
    if (told.compareAndSet(false, true)) {
      log.warn("Tracing failed with {}; requests go on without", failure.getClass().getName());
    }
  }

  /** Names the destination. */
  @Override
  public String toString() {
    return "Traced[" + destination.workspace() + "]";
  }
}
