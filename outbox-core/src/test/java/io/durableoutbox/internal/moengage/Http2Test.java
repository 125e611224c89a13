package io.durableoutbox.internal.moengage;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.Outcome;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import okhttp3.Protocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** HTTP/2, where a server says of a request that it did not process it. */
class Http2Test {
  private static final int NO_ERROR = 0;
  private static final int INTERNAL_ERROR = 2;
  private static final int REFUSED_STREAM = 7;
  private static final Outcome ACCEPTED = new Outcome.Accepted(200, "a", null);

  private final MockWebServer server = new MockWebServer();
  private MoEngageClient client;

  @BeforeEach
  void start() throws IOException {
    server.setProtocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE));
    server.start();
    client = client(Duration.ofSeconds(20));
  }

  private MoEngageClient client(Duration callTimeout) {
    return new MoEngageClient(
        URI.create("http://127.0.0.1:" + server.getPort()),
        "W1",
        () -> "key",
        callTimeout,
        false,
        null,
        Duration.ofSeconds(20),
        http -> http.protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)));
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private static MockResponse.Builder accepts() {
    return new MockResponse.Builder().code(200).body("{\"req_id\":\"a\"}");
  }

  private static MockResponse resets(int code) {
    return accepts().onResponseStart(new SocketEffect.CloseStream(code)).build();
  }

  private CompletableFuture<Outcome> start(MoEngageClient with) {
    return with.send(MoEngageClientTest.request())
        .thenApply(reply -> reply.outcome())
        .toCompletableFuture();
  }

  private Outcome send() throws Exception {
    return start(client).get(30, TimeUnit.SECONDS);
  }

  @Test
  void aRefusedStreamIsRepeatedAtOnceOnAFreshConnection() throws Exception {
    server.enqueue(resets(REFUSED_STREAM));
    server.enqueue(accepts().build());
    assertThat(send()).isEqualTo(ACCEPTED);
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @Test
  void aRefusedStreamOfAUsedConnectionIsRepeatedToo() throws Exception {
    server.enqueue(accepts().build());
    server.enqueue(resets(REFUSED_STREAM));
    server.enqueue(accepts().build());
    assertThat(send()).isEqualTo(ACCEPTED);
    assertThat(send()).isEqualTo(ACCEPTED);
    assertThat(server.getRequestCount()).isEqualTo(3);
  }

  @Test
  void aStreamThatIsAlwaysRefusedWasNotProcessed() throws Exception {
    server.enqueue(resets(REFUSED_STREAM));
    server.enqueue(resets(REFUSED_STREAM));
    assertThat(send())
        .isEqualTo(
            new Outcome.Unavailable(
                null, "StreamResetException: stream was reset: REFUSED_STREAM"));
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @Test
  void anyOtherResetOfAFreshConnectionsStreamIsUnknown() throws Exception {
    server.enqueue(resets(INTERNAL_ERROR));
    assertThat(send())
        .isEqualTo(
            new Outcome.Unknown(
                null, "StreamResetException: stream was reset: INTERNAL_ERROR", null));
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @Test
  void aServerThatSaysGoawayAfterEachAnswerCostsNoRequest() throws Exception {
    for (int i = 0; i < 10; i++) {
      server.enqueue(accepts().onResponseEnd(SocketEffect.ShutdownConnection.INSTANCE).build());
    }
    for (int i = 0; i < 10; i++) {
      assertThat(send()).isEqualTo(ACCEPTED);
    }
  }

  @Test
  void goawayWhileOthersAreOutCostsNoRequest() throws Exception {
    server.enqueue(accepts().build());
    assertThat(send()).isEqualTo(ACCEPTED);
    for (int i = 0; i < 20; i++) {
      server.enqueue(
          i == 2
              ? accepts().onResponseEnd(SocketEffect.ShutdownConnection.INSTANCE).build()
              : accepts().build());
    }
    List<CompletableFuture<Outcome>> out =
        IntStream.range(0, 8).mapToObj(i -> start(client)).toList();
    for (CompletableFuture<Outcome> one : out) {
      assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(ACCEPTED);
    }
  }

  @Test
  void aUsedConnectionThatIsCutIsReplaced() throws Exception {
    server.enqueue(accepts().build());
    server.enqueue(accepts().onResponseStart(new SocketEffect.CloseSocket()).build());
    server.enqueue(accepts().build());
    assertThat(send()).isEqualTo(ACCEPTED);
    assertThat(send()).isEqualTo(ACCEPTED);
    assertThat(server.getRequestCount()).isEqualTo(3);
  }

  @Test
  void aStreamThatEndsWithoutAnAnswerIsNoAcceptance() throws Exception {
    server.enqueue(resets(NO_ERROR));
    assertThat(send()).isInstanceOf(Outcome.Unknown.class);
  }
}
