package io.durableoutbox.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What the decorator does around a destination that does as it is told. */
class TracedDestinationTest {
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final OpenTelemetry openTelemetry =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                  .build())
          .build();
  private final OutboxTracing tracing = OutboxTracing.of(openTelemetry);

  private record Scripted(Function<Request, CompletionStage<Reply>> script) implements Destination {
    @Override
    public String workspace() {
      return "shop";
    }

    @Override
    public URI address() {
      return URI.create("https://scripted.example");
    }

    @Override
    public Duration callTimeout() {
      return Duration.ofSeconds(7);
    }

    @Override
    public Optional<String> problem(ClaimedAction action) {
      return Optional.of("customer_id: is not allowed");
    }

    @Override
    public CompletionStage<Reply> send(Request request) {
      return script.apply(request);
    }

    @Override
    public boolean credentialsRefused() {
      return true;
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException("closed");
    }
  }

  private static CompletionStage<Reply> accepted() {
    return CompletableFuture.completedFuture(
        new Reply(new Outcome.Accepted(200, "req-1", null), 42));
  }

  private static Request request(int actions) {
    List<ClaimedAction> all = new ArrayList<>();
    for (int i = 1; i <= actions; i++) {
      all.add(
          ClaimedAction.of(
              i,
              UUID.randomUUID(),
              "user-1",
              null,
              null,
              "MOE_PERSONALIZATION_MESSAGE_SHOWN",
              1,
              "web",
              "{}",
              true,
              1,
              0,
              null,
              "00-0af7651916cd43dd8448eb211c80319c-%016x-01".formatted(i)));
    }
    return new Request(UUID.randomUUID(), List.of(new Request.Element("user-1", null, null, all)));
  }

  private SpanData span() {
    assertThat(exporter.getFinishedSpanItems()).hasSize(1);
    return exporter.getFinishedSpanItems().get(0);
  }

  private static String error(SpanData span) {
    return String.valueOf(span.getAttributes().get(AttributeKey.stringKey("error.type")));
  }

  @Test
  void linksAreBoundedAndTheirWholeNumberIsTold() {
    tracing.traced(new Scripted(r -> accepted())).send(request(150));
    assertThat(span().getLinks()).hasSize(128);
    assertThat(span().getTotalRecordedLinks()).isEqualTo(128);
    assertThat(span().getAttributes().get(AttributeKey.longKey("outbox.request.writers")))
        .isEqualTo(150);
  }

  @Test
  void theSpanIsCurrentWhileTheRequestIsHandedOverAndOpenUntilTheAnswer() {
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    List<Span> current = new ArrayList<>();
    CompletionStage<Reply> reply =
        tracing
            .traced(
                new Scripted(
                    r -> {
                      current.add(Span.current());
                      return answer;
                    }))
            .send(request(1));
    assertThat(Span.current()).isSameAs(Span.getInvalid());
    assertThat(exporter.getFinishedSpanItems()).isEmpty();
    Reply told = new Reply(new Outcome.Unavailable(null, "ConnectException"), 0);
    answer.complete(told);
    assertThat(reply.toCompletableFuture().join()).isSameAs(told);
    assertThat(current.get(0).getSpanContext()).isEqualTo(span().getSpanContext());
    assertThat(error(span())).isEqualTo("unavailable");
  }

  @Test
  void aFailureOfTheDestinationIsPassedOnAsItIs() {
    IllegalStateException failure = new IllegalStateException("user-1");
    CompletionStage<Reply> failed =
        tracing
            .traced(
                new Scripted(
                    r -> CompletableFuture.<Reply>failedFuture(failure).minimalCompletionStage()))
            .send(request(1));
    List<Throwable> seen = new ArrayList<>();
    failed.whenComplete((reply, e) -> seen.add(e));
    assertThat(seen).containsExactly(failure);
    assertThat(error(span())).isEqualTo("java.lang.IllegalStateException");
    assertThat(span().toString()).doesNotContain("user-1");

    exporter.reset();
    Destination throwing =
        tracing.traced(
            new Scripted(
                r -> {
                  throw failure;
                }));
    assertThatThrownBy(() -> throwing.send(request(1))).isSameAs(failure);
    assertThat(error(span())).isEqualTo("java.lang.IllegalStateException");
  }

  @Test
  void theDestinationSaysWhatItWouldRefuse() {
    ClaimedAction action = request(1).actions().get(0);
    Destination traced = tracing.traced(new Scripted(r -> accepted()));
    assertThat(traced.problem(action)).contains("customer_id: is not allowed");
  }

  @Test
  void aTracerThatFailsHurtsNoRequest() {
    Destination traced =
        new TracedDestination(
            name -> {
              throw new IllegalStateException("broken");
            },
            new Scripted(r -> accepted()),
            null);
    assertThat(traced.send(request(1)).toCompletableFuture().join().bytes()).isEqualTo(42);
  }

  @Test
  void theAddressIsToldWithoutUserQueryAndFragment() {
    tracing
        .traced(
            new Scripted(r -> accepted()),
            URI.create("https://user:secret@api.example/v1/x?key=1#y"))
        .send(request(1));
    assertThat(span().getAttributes().get(AttributeKey.stringKey("url.full")))
        .isEqualTo("https://api.example/v1/x");
    assertThat(span().getAttributes().get(AttributeKey.longKey("server.port"))).isEqualTo(443);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tracing.traced(new Scripted(r -> accepted()), URI.create("/v1")))
        .withMessage("address must be an absolute URL with a host");
  }

  @Test
  void allElseIsTheDestinationsOwn() {
    Destination traced = tracing.traced(new Scripted(r -> accepted()));
    assertThat(traced.workspace()).isEqualTo("shop");
    assertThat(traced.callTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(traced.credentialsRefused()).isTrue();
    assertThatThrownBy(traced::close).hasMessage("closed");
    traced.send(request(1));
    assertThat(span().getAttributes().get(AttributeKey.stringKey("url.full"))).isNull();
  }
}
