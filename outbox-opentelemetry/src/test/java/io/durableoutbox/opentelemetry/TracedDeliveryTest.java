package io.durableoutbox.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.relay.RelayBuilder;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** From a transaction in a trace, through PostgreSQL and a relay, to a request's span. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
// Closing a scope is its use.
@SuppressWarnings("try")
class TracedDeliveryTest {
  private static final String CANARY = "secret-canary";
  private static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test\","
          + "\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All\","
          + "\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";

  private final TestDatabase database = TestDatabase.postgres();
  private final HikariDataSource pool = database.pool();
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final OpenTelemetrySdk openTelemetry =
      sdk(Sampler.parentBased(Sampler.alwaysOn()), exporter);
  private final Tracer shop = openTelemetry.getTracer("shop");
  private final SimulatedDestination destination = SimulatedDestination.start();

  // Set before any test runs.
  @SuppressWarnings("NullAway.Init")
  private JdbcOutbox outbox;

  private static OpenTelemetrySdk sdk(Sampler sampler, SpanExporter exporter) {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder()
                .setSampler(sampler)
                .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                .build())
        .build();
  }

  @BeforeAll
  void open() {
    OutboxMigrations.of(pool).migrate();
    outbox = JdbcOutbox.builder(pool).traceparent(OutboxTracing.currentTraceparent()).build();
  }

  @AfterAll
  void close() {
    destination.close();
    openTelemetry.close();
    database.close();
  }

  @BeforeEach
  void empty() {
    execute("TRUNCATE outbox, outbox_delivered, outbox_rejected, outbox_request, outbox_workspace");
    destination.reset();
    exporter.reset();
  }

  private void execute(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private @Nullable String one(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Commits an action of each customer in one transaction, in a span of its own. */
  private SpanContext writeInSpan(String... customers) {
    Span span = shop.spanBuilder("order").startSpan();
    try (Scope scope = span.makeCurrent()) {
      write(outbox, customers);
    } finally {
      span.end();
    }
    return span.getSpanContext();
  }

  private void write(JdbcOutbox to, String... customers) {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      for (String customer : customers) {
        to.add(connection, Action.shown(customer, CONTEXT).platform(Platform.WEB).build());
      }
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private MoEngage moEngage() {
    return MoEngage.workspace(destination.workspaceId(), destination.apiKey())
        .baseUrl(destination.baseUrl())
        .build();
  }

  private RelayBuilder relay(OpenTelemetry with) {
    return outbox
        .relay(OutboxTracing.of(with).traced(moEngage()))
        .retryBackoff(Duration.ofMillis(1), Duration.ofMillis(2));
  }

  private void runOnce() {
    try (Relay relay = relay(openTelemetry).build()) {
      relay.runOnce();
    }
  }

  private List<SpanData> requests() {
    return exporter.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals("send default"))
        .toList();
  }

  private static List<SpanContext> links(SpanData span) {
    return span.getLinks().stream()
        .map(LinkData::getSpanContext)
        .map(TracedDeliveryTest::ids)
        .toList();
  }

  /** Without what tells a context that came from elsewhere from one that was made here. */
  private static SpanContext ids(SpanContext context) {
    return SpanContext.create(
        context.getTraceId(),
        context.getSpanId(),
        context.getTraceFlags(),
        context.getTraceState());
  }

  @Test
  void theSpanOfARequestLinksToEachSpanThatWroteItsActionsOnce() {
    SpanContext first = writeInSpan("user-1", "user-2");
    write(outbox, "user-3");
    SpanContext second = writeInSpan("user-1");
    runOnce();

    assertThat(requests()).hasSize(1);
    SpanData span = requests().get(0);
    assertThat(links(span)).containsExactlyInAnyOrder(first, second);
    assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(span.getParentSpanContext().isValid()).isFalse();
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(span.getInstrumentationScopeInfo().getName()).isEqualTo("io.durableoutbox");
    URI address = URI.create(destination.baseUrl() + "/v1/experiences/events");
    assertThat(attributes(span))
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("messaging.system", "moengage"),
                Map.entry("messaging.operation.name", "send"),
                Map.entry("messaging.operation.type", "send"),
                Map.entry("messaging.destination.name", "default"),
                Map.entry("messaging.batch.message_count", "4"),
                Map.entry("http.request.method", "POST"),
                Map.entry("http.request.body.size", one("SELECT bytes FROM outbox_request") + ""),
                Map.entry("http.response.status_code", "200"),
                Map.entry("url.full", address.toString()),
                Map.entry("server.address", address.getHost()),
                Map.entry("server.port", address.getPort() + ""),
                Map.entry("outbox.request.id", one("SELECT id FROM outbox_request") + ""),
                Map.entry("outbox.request.users", "3"),
                Map.entry("outbox.request.writers", "2"),
                Map.entry("outbox.request.outcome", "accepted")));
  }

  private static Map<String, String> attributes(SpanData span) {
    return span.getAttributes().asMap().entrySet().stream()
        .collect(
            java.util.stream.Collectors.toMap(
                entry -> entry.getKey().getKey(), entry -> String.valueOf(entry.getValue())));
  }

  @Test
  void theLinkIsThereOnEveryAttemptWhicheverRelayMakesIt() {
    SpanContext writer = writeInSpan("user-1");
    destination.next(Fault.status(503));
    runOnce();
    execute("UPDATE outbox_workspace SET paused_until = now()");
    execute("UPDATE outbox SET available_at = now()");
    runOnce();

    assertThat(destination.acceptedCount()).isEqualTo(1);
    assertThat(requests()).hasSize(2).allSatisfy(s -> assertThat(links(s)).containsExactly(writer));
    SpanData failed = requests().get(0);
    assertThat(failed.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(failed.getAttributes().get(AttributeKey.stringKey("error.type"))).isEqualTo("503");
    assertThat(failed.getAttributes().get(AttributeKey.stringKey("outbox.request.outcome")))
        .isEqualTo("unknown");
    assertThat(requests().get(1).getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  @Test
  void whatIsNoTraceparentIsNoLinkAndTheActionsAreDelivered() {
    SpanContext writer = writeInSpan("user-1");
    write(outbox, "user-2", "user-3", "user-4");
    execute("UPDATE outbox SET traceparent = 'no traceparent' WHERE customer_id = 'user-2'");
    execute("UPDATE outbox SET traceparent = '' WHERE customer_id = 'user-3'");
    execute(
        "UPDATE outbox SET traceparent = '00-' || repeat('0', 32) || '-' || repeat('0', 16) || '-01'"
            + " WHERE customer_id = 'user-4'");
    runOnce();
    assertThat(destination.acceptedCount()).isEqualTo(4);
    assertThat(requests()).hasSize(1);
    assertThat(links(requests().get(0))).containsExactly(writer);
  }

  @Test
  void withoutATracerAllIsDelivered() {
    writeInSpan("user-1");
    exporter.reset();
    try (Relay relay = relay(OpenTelemetry.noop()).build()) {
      relay.runOnce();
    }
    assertThat(destination.acceptedCount()).isEqualTo(1);
    assertThat(exporter.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void aWriterWithoutATraceOrWithOneThatIsNotSampledStoresNone() {
    write(outbox, "user-1");
    try (OpenTelemetrySdk off = sdk(Sampler.alwaysOff(), InMemorySpanExporter.create())) {
      Span span = off.getTracer("shop").spanBuilder("order").startSpan();
      assertThat(span.getSpanContext().isValid()).isTrue();
      try (Scope scope = span.makeCurrent()) {
        write(outbox, "user-2");
      }
    }
    assertThat(one("SELECT count(*) FROM outbox WHERE traceparent IS NULL")).isEqualTo("2");
    runOnce();
    assertThat(requests()).hasSize(1);
    assertThat(requests().get(0).getLinks()).isEmpty();
  }

  @Test
  void noSpanHasPersonalDataOrKeysOrTheServersWords() {
    writeInSpan(CANARY);
    UUID event = UUID.fromString(String.valueOf(one("SELECT event_uuid FROM outbox")));
    destination.next(Fault.status(400, "{\"error\":\"" + CANARY + "\"}"));
    runOnce();
    assertThat(one("SELECT reason FROM outbox_rejected")).contains(CANARY);
    SpanData span = requests().get(0);
    assertThat(span.getAttributes().get(AttributeKey.stringKey("error.type"))).isEqualTo("400");
    assertThat(span.getStatus().getDescription()).isEmpty();
    assertThat(exporter.getFinishedSpanItems().toString())
        .doesNotContain(CANARY, destination.apiKey(), "audience_id", event.toString());
  }
}
