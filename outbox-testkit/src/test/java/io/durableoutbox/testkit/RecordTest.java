package io.durableoutbox.testkit;

import static io.durableoutbox.testkit.TestClient.BODY;
import static io.durableoutbox.testkit.TestClient.EVENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SimulatedDestinationExtension.class)
class RecordTest {
  private final SimulatedDestination destination;
  private final TestClient client;

  RecordTest(SimulatedDestination destination) {
    this.destination = destination;
    this.client = new TestClient(destination);
  }

  @Test
  void keepsWhatItAcceptedByteForByte() throws Exception {
    client.post(BODY);
    AcceptedAction action = destination.accepted(EVENT).orElseThrow();
    assertThat(destination.accepted()).containsExactly(action);
    assertThat(action.customerId()).isEqualTo("john@example.com");
    assertThat(action.userTimezoneOffset()).isEqualTo(19800);
    assertThat(action.userAttributes()).isEqualTo("{\"city\": \"Köln\"}");
    assertThat(action.action()).isEqualTo("MOE_PERSONALIZATION_MESSAGE_SHOWN");
    assertThat(action.eventTime()).isEqualTo(Instant.ofEpochSecond(1725258666));
    assertThat(action.platform()).isEqualTo("web");
    assertThat(action.attributes()).isEqualTo(TestClient.ATTRIBUTES);
    assertThat(action.timesReceived()).isEqualTo(1);
  }

  @Test
  void recordsEachRequest() throws Exception {
    Instant before = Instant.now();
    client.post(TestClient.elements(3));
    client.post(BODY.replace("web", "fax"));
    List<ReceivedRequest> requests = destination.requests();
    assertThat(requests).hasSize(2);
    ReceivedRequest good = requests.get(0);
    assertThat(good.status()).isEqualTo(200);
    assertThat(good.elements()).isEqualTo(3);
    assertThat(good.actions()).isEqualTo(3);
    assertThat(good.reqId()).isEqualTo(destination.accepted().get(0).reqIds().get(0));
    assertThat(good.answered()).isTrue();
    assertThat(good.receivedAt()).isBetween(before, Instant.now());
    ReceivedRequest bad = requests.get(1);
    assertThat(bad.status()).isEqualTo(400);
    assertThat(bad.reqId()).isNull();
    assertThat(bad.actions()).isZero();
    assertThat(bad.bytes()).isEqualTo(BODY.getBytes(StandardCharsets.UTF_8).length);
    assertThat(destination.requestCount()).isEqualTo(2);
  }

  @Test
  void countsARepeatedUuidOnce() throws Exception {
    client.post(BODY);
    client.post(BODY);
    assertThat(destination.acceptedCount()).isEqualTo(1);
    assertThat(destination.duplicates()).isEqualTo(1);
    assertThat(destination.conflicts()).isEmpty();
    AcceptedAction action = destination.accepted(EVENT).orElseThrow();
    assertThat(action.reqIds())
        .doesNotHaveDuplicates()
        .containsExactlyElementsOf(
            destination.requests().stream().map(ReceivedRequest::reqId).toList());
    assertThat(action.timesReceived()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noticesARepeatWithOtherContent(boolean keep) throws Exception {
    try (SimulatedDestination d = SimulatedDestination.builder().keepPayloads(keep).start()) {
      TestClient toIt = new TestClient(d);
      toIt.post(BODY);
      toIt.post(BODY);
      assertThat(d.conflicts()).isEmpty();
      toIt.post(BODY.replace("\"66d55ae4\"", "\"66d55ae5\""));
      assertThat(d.conflicts()).containsExactly(EVENT);
      assertThat(d.duplicates()).isEqualTo(2);
      assertThat(d.acceptedCount()).isEqualTo(1);
      if (keep) {
        assertThat(d.accepted(EVENT).orElseThrow().attributes()).isEqualTo(TestClient.ATTRIBUTES);
      }
    }
  }

  @Test
  void withoutPayloadsKnowsTheUuidsAndSaysThatItHasNoMore() throws Exception {
    try (SimulatedDestination d = SimulatedDestination.builder().keepPayloads(false).start()) {
      new TestClient(d).post(BODY);
      assertThat(d.hasAccepted(EVENT)).isTrue();
      assertThat(d.hasAccepted(UUID.randomUUID())).isFalse();
      assertThat(d.acceptedCount()).isEqualTo(1);
      assertThatThrownBy(d::accepted)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("hasAccepted");
      assertThatThrownBy(() -> d.accepted(EVENT)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void knowsNothingOfAnEventThatNeverCame() {
    assertThat(destination.accepted(EVENT)).isEmpty();
    assertThat(destination.hasAccepted(EVENT)).isFalse();
  }

  @Test
  void keepsTheLastTenThousandRequestsAndCountsAll() {
    Ledger ledger = new Ledger(true);
    for (int i = 0; i < 10_005; i++) {
      ledger.received(500, null, 0, List.of(), i);
    }
    assertThat(ledger.requestCount()).isEqualTo(10_005);
    assertThat(ledger.requests()).hasSize(10_000);
    assertThat(ledger.requests().get(0).bytes()).isEqualTo(5);
  }

  @Test
  void givesEachRequestAnIdOfItsOwn() {
    Set<String> ids = new HashSet<>();
    IntStream.range(0, 100_000).forEach(i -> ids.add(Answers.newReqId()));
    assertThat(ids).hasSize(100_000).allSatisfy(id -> assertThat(id).hasSize(8));
  }

  @Test
  void resetForgetsEverything() throws Exception {
    client.post(BODY);
    client.post(BODY.replace("john@", "jane@"));
    destination.always(Fault.status(500));
    destination.next(Fault.status(501));
    destination.refuseEvent(EVENT);
    destination.refuseCustomer("john@example.com");
    destination.apiKey("NEW");
    destination.stop();
    destination.reset();
    assertThat(destination.acceptedCount()).isZero();
    assertThat(destination.accepted()).isEmpty();
    assertThat(destination.duplicates()).isZero();
    assertThat(destination.conflicts()).isEmpty();
    assertThat(destination.requests()).isEmpty();
    assertThat(destination.requestCount()).isZero();
    assertThat(destination.apiKey()).isEqualTo("TEST_KEY");
    assertThat(client.post(BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void waitsForWhatIsToCome() throws Exception {
    destination.latency(Duration.ofMillis(50));
    var answer = client.postAsync(BODY);
    destination.awaitAccepted(1, Duration.ofSeconds(10));
    destination.awaitRequests(1, Duration.ofSeconds(10));
    assertThat(answer.get().statusCode()).isEqualTo(200);
  }

  @Test
  void failsWithTheCountsWhenNothingMoreComes() throws Exception {
    assertThatThrownBy(() -> destination.awaitRequests(1, Duration.ZERO))
        .isInstanceOf(AssertionError.class)
        .hasMessageEndingWith("accepted 0 actions in 0 requests, 0 repeats; no request came");
    client.post(BODY);
    client.post(BODY);
    assertThatThrownBy(() -> destination.awaitAccepted(2, Duration.ofMillis(5)))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "waited PT0.005S for 2 accepted actions, but accepted 1 actions in 2 requests, 1"
                + " repeats; the last status was 200");
  }

  @Test
  void anInterruptEndsAWait() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> destination.awaitRequests(1, Duration.ofDays(40_000_000)))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("interrupted while waiting for 1 requests");
    assertThat(Thread.interrupted()).isTrue();
  }
}
