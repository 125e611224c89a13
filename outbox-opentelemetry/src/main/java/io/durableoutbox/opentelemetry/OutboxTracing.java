package io.durableoutbox.opentelemetry;

import io.durableoutbox.MoEngage;
import io.durableoutbox.destination.Destination;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import java.net.URI;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connects the traces that write actions with the requests that carry them: give {@link
 * #currentTraceparent} to the outbox's builder, and {@link #traced} destinations to the relay.
 *
 * <p>Nothing that fails here hurts a transaction or the delivery. Thread-safe.
 */
public final class OutboxTracing {
  private static final String SCOPE = "io.durableoutbox";

  private final Tracer tracer;

  private OutboxTracing(Tracer tracer) {
    this.tracer = tracer;
  }

  /**
   * Makes it, with a tracer of the scope {@code io.durableoutbox}.
   *
   * @param openTelemetry the application's, for example {@code GlobalOpenTelemetry.get()}
   */
  public static OutboxTracing of(OpenTelemetry openTelemetry) {
    return new OutboxTracing(openTelemetry.getTracer(SCOPE));
  }

  /**
   * Returns what tells the trace of the calling thread, for {@code JdbcOutbox.Builder.traceparent}:
   * the current span as a W3C traceparent, or null if there is none or it is not sampled, since a
   * link to a span that is never exported leads nowhere.
   */
  public static Supplier<@Nullable String> currentTraceparent() {
    return OutboxTracing::traceparent;
  }

  private static @Nullable String traceparent() {
    SpanContext context = Span.current().getSpanContext();
    if (!context.isValid() || !context.isSampled()) {
      return null;
    }
    return "00-"
        + context.getTraceId()
        + "-"
        + context.getSpanId()
        + "-"
        + context.getTraceFlags().asHex();
  }

  /**
   * Returns the destination with a span for each request: kind CLIENT, named {@code send} and the
   * workspace, with links to the spans that wrote its actions, at most 128 of them, each once.
   * {@code docs/tracing.md} has its attributes, none of which is personal data, a key, or a
   * server's words.
   *
   * <p>The span begins when the request is handed to the destination and ends with the answer.
   * While it is handed over, the span is current, so that instrumentation of an HTTP client makes
   * children of it. Nothing is added to the request itself.
   *
   * @param destination a {@link MoEngage}, whose address the span tells, or another, whose address
   *     is not known
   */
  public Destination traced(Destination destination) {
    return new TracedDestination(
        tracer, destination, destination instanceof MoEngage m ? m.address() : null);
  }

  /**
   * Returns a destination of your own with a span for each request; see {@link
   * #traced(Destination)}.
   *
   * @param address where its requests go; user, query and fragment are left out of the span
   */
  public Destination traced(Destination destination, URI address) {
    return new TracedDestination(tracer, destination, Objects.requireNonNull(address, "address"));
  }
}
