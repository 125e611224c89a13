package io.durableoutbox.testkit;

import static io.durableoutbox.testkit.TestClient.BODY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SimulatedDestinationExtension.class)
class LifecycleTest {
  private final SimulatedDestination destination;
  private final TestClient client;

  LifecycleTest(SimulatedDestination destination) {
    this.destination = destination;
    this.client = new TestClient(destination);
  }

  @Test
  void refusesConnectionsWhileItIsStoppedAndKeepsItsPort() throws Exception {
    client.post(BODY);
    String url = destination.baseUrl();
    destination.stop();
    destination.stop();
    assertThatThrownBy(() -> client.post(BODY)).isInstanceOf(ConnectException.class);
    destination.resume();
    destination.resume();
    assertThat(destination.baseUrl()).isEqualTo(url);
    assertThat(client.post(BODY).statusCode()).isEqualTo(200);
    assertThat(destination.duplicates()).isEqualTo(1);
  }

  @Test
  void stoppingLosesTheAnswersThatAreStillToCome() throws Exception {
    destination.latency(Duration.ofSeconds(20));
    CompletableFuture<HttpResponse<String>> answer = client.postAsync(BODY);
    destination.awaitAccepted(1, Duration.ofSeconds(10));
    destination.stop();
    assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IOException.class);
    assertThat(destination.requests()).noneSatisfy(r -> assertThat(r.answered()).isTrue());
  }

  @Test
  void closesForGoodAndCanStillBeAsked() throws Exception {
    SimulatedDestination closed = SimulatedDestination.start();
    new TestClient(closed).post(BODY);
    closed.close();
    closed.close();
    assertThat(closed.acceptedCount()).isEqualTo(1);
    assertThatThrownBy(closed::resume).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void hundredsOfRequestsWaitAtOnce() throws Exception {
    int requests = 300;
    destination.latency(Duration.ofMillis(500));
    long start = System.nanoTime();
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      answers.add(client.postAsync(TestClient.elements(1)));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    assertThat(destination.acceptedCount()).isEqualTo(requests);
    assertThat(destination.requestCount()).isEqualTo(requests);
  }

  @Test
  void answersAtOnceOnConnectionsThatStayOpen() throws Exception {
    client.post(TestClient.elements(100));
    long start = System.nanoTime();
    for (int i = 0; i < 75; i++) {
      client.post(TestClient.elements(100));
    }
    // With delayed acknowledgements it would take 40 ms each.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(2_700));
  }

  @Test
  void takesAnotherKeyAfterARotation() throws Exception {
    var oldKey = client.request().POST(BodyPublishers.ofString(BODY));
    destination.apiKey("NEW");
    assertThat(client.send(oldKey).statusCode()).isEqualTo(401);
    assertThat(client.post(BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void listensWhereAndForWhomItIsToldTo() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (SimulatedDestination eu =
        SimulatedDestination.builder().port(port).workspaceId("EU").apiKey("eu-key").start()) {
      assertThat(URI.create(eu.baseUrl())).hasPort(port).hasHost("127.0.0.1");
      assertThat(new TestClient(eu).post(BODY).statusCode()).isEqualTo(200);
      assertThat(eu.workspaceId() + eu.apiKey()).isEqualTo("EUeu-key");
      assertThatThrownBy(() -> SimulatedDestination.builder().port(port).start())
          .isInstanceOf(UncheckedIOException.class)
          .hasMessage("can't listen on port " + port);
    }
  }

  @Test
  void refusesSettingsThatCannotBe() {
    SimulatedDestination.Builder builder = SimulatedDestination.builder();
    assertThatThrownBy(() -> builder.port(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.port(65_536)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.workspaceId("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.workspaceId("a:b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.maxBodyBytes(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> destination.latency(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
