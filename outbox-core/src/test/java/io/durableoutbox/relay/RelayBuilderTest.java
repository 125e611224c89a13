package io.durableoutbox.relay;

import static io.durableoutbox.Samples.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.durableoutbox.OutboxException;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayListener;
import io.durableoutbox.RunResult;
import io.durableoutbox.WakeUpSource;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.Settlement;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a relay's builder refuses, and that what it builds has not begun. */
class RelayBuilderTest {
  private static final RelayStore EMPTY = new EmptyStore();

  @ParameterizedTest(name = "{0}")
  @MethodSource("badSettings")
  void aBadSettingIsRefusedInOneSentenceThatNamesIt(
      String sentence, UnaryOperator<RelayBuilder> setting) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> setting.apply(builder()))
        .withMessage(sentence)
        .withNoCause();
  }

  static Stream<Arguments> badSettings() {
    String name = "name must be 1 to 100 letters, digits, dots, underscores or hyphens";
    return Stream.of(
        bad(name, b -> b.name("")),
        bad(name, b -> b.name("a b")),
        bad(name, b -> b.name("a\n")),
        bad(name, b -> b.name("n".repeat(101))),
        bad("pollInterval must be at least PT0.001S, not PT0S", b -> b.pollInterval(Duration.ZERO)),
        bad(
            "pollInterval must be at least PT0.001S, not PT0.000999999S",
            b -> b.pollInterval(Duration.ofNanos(999_999))),
        bad(
            "pollInterval must be at most 365 days, not PT8784H",
            b -> b.pollInterval(Duration.ofDays(366))),
        bad("lease must be at least PT1S, not PT0.999S", b -> b.lease(Duration.ofMillis(999))),
        bad("lease must be at most 365 days, not PT8784H", b -> b.lease(Duration.ofDays(366))),
        bad(
            "the lower bound of retryBackoff must be at least PT0.001S, not PT-1S",
            b -> b.retryBackoff(Duration.ofSeconds(-1), Duration.ofSeconds(1))),
        bad(
            "the upper bound of retryBackoff must be at least PT2S, not PT1S",
            b -> b.retryBackoff(Duration.ofSeconds(2), Duration.ofSeconds(1))),
        bad(
            "the upper bound of retryBackoff must be at most 365 days, not PT8784H",
            b -> b.retryBackoff(Duration.ofSeconds(2), Duration.ofDays(366))),
        bad(
            "pollIntervalWhileWoken must be at least PT0.001S, not PT0S",
            b -> b.pollIntervalWhileWoken(Duration.ZERO)),
        bad("closeTimeout must be at least PT0.001S, not PT0S", b -> b.closeTimeout(Duration.ZERO)),
        bad("maxRequestsInFlight must be from 1 to 256, not 0", b -> b.maxRequestsInFlight(0)),
        bad("maxRequestsInFlight must be from 1 to 256, not 257", b -> b.maxRequestsInFlight(257)),
        bad("maxElementsPerRequest must be from 1 to 100, not 0", b -> b.maxElementsPerRequest(0)),
        bad(
            "maxElementsPerRequest must be from 1 to 100, not 101",
            b -> b.maxElementsPerRequest(101)),
        bad("maxActionsPerRequest must be from 1 to 100000, not 0", b -> b.maxActionsPerRequest(0)),
        bad(
            "maxActionsPerRequest must be from 1 to 100000, not 100001",
            b -> b.maxActionsPerRequest(100_001)),
        bad("maxRequestBytes must be from 1000 to 10000000, not 999", b -> b.maxRequestBytes(999)),
        bad(
            "maxRequestBytes must be from 1000 to 10000000, not 10000001",
            b -> b.maxRequestBytes(10_000_001)),
        bad(
            "maxRetryAfter must be at least PT1S, not PT0.999S",
            b -> b.maxRetryAfter(Duration.ofMillis(999))),
        bad("dedupeWindow must be at least PT1S, not PT0S", b -> b.dedupeWindow(Duration.ZERO)),
        bad("minRequestsInFlight must be from 1 to 256, not 0", b -> b.minRequestsInFlight(0)),
        bad(
            "maxRequestsPerMinute must be from 1 to 1000000, not 0",
            b -> b.maxRequestsPerMinute(0)),
        bad(
            "maxActionsPerMinute must be from 1 to 100000000, not 0",
            b -> b.maxActionsPerMinute(0)));
  }

  private static Arguments bad(String sentence, UnaryOperator<RelayBuilder> setting) {
    return arguments(sentence, setting);
  }

  @Test
  void theBoundsThemselvesAreAccepted() {
    builder()
        .name("n".repeat(100))
        .pollInterval(Duration.ofMillis(1))
        .lease(Duration.ofDays(365))
        .retryBackoff(Duration.ofMillis(1), Duration.ofMillis(1))
        .closeTimeout(Duration.ofMillis(1))
        .maxRequestsInFlight(256)
        .maxElementsPerRequest(1)
        .maxActionsPerRequest(100_000)
        .maxRequestBytes(1_000)
        .maxRetryAfter(Duration.ofSeconds(1))
        .dedupeWindow(Duration.ofSeconds(1))
        .minRequestsInFlight(256)
        .maxRequestsPerMinute(1)
        .maxActionsPerMinute(1)
        .listener(event -> {})
        .wakeUpBy(new Bell())
        .pollIntervalWhileWoken(Duration.ofMillis(1))
        .build()
        .close();
  }

  @Test
  void boundsOfRequestsInFlightThatCrossAreRefusedWhenTheRelayIsBuilt() {
    RelayBuilder builder = builder().minRequestsInFlight(9);
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessage("minRequestsInFlight 9 must not exceed maxRequestsInFlight 8");
  }

  @Test
  void aLeaseThatDoesNotOutlastTheCallIsRefusedWhenTheRelayIsBuilt() {
    RelayBuilder builder =
        Relay.builder(EMPTY, new Idle("shop", Duration.ofSeconds(40)))
            .lease(Duration.ofSeconds(30));
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessage(
            "lease PT30S must exceed callTimeout PT40S of workspace shop by more than PT5S");
  }

  @Test
  void aLeaseThatIsTheCallAndTheMarginIsRefused() {
    RelayBuilder builder =
        Relay.builder(
            EMPTY, new Idle("w1", Duration.ofSeconds(1)), new Idle("w2", Duration.ofSeconds(20)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.lease(Duration.ofSeconds(25)).build())
        .withMessageContaining("of workspace w2");
    builder.lease(Duration.ofSeconds(26)).build().close();
  }

  @Test
  void aRelayWithoutADestinationIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Relay.builder(EMPTY).build())
        .withMessage("a relay needs at least one destination");
  }

  @Test
  void twoDestinationsOfOneWorkspaceAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Relay.builder(EMPTY, new Idle("a"), new Idle("b"), new Idle("a")).build())
        .withMessage("two destinations serve workspace a; give each a name of its own");
  }

  @Test
  void aMissingStoreOrDestinationIsRefused() {
    assertThatNullPointerException().isThrownBy(() -> Relay.builder(nothing(), new Idle("a")));
    assertThatNullPointerException()
        .isThrownBy(() -> Relay.builder(EMPTY, (Destination) nothing()));
  }

  @Test
  void withoutANameItGetsOneThatIsValidAndItsOwn() {
    try (Relay one = builder().build();
        Relay other = builder().build();
        Relay named = builder().name("relay.1_a-B").build()) {
      assertThat(one.name()).matches("relay-[0-9]+-[0-9a-f]+").isNotEqualTo(other.name());
      assertThat(named.name()).isEqualTo("relay.1_a-B");
    }
  }

  @Test
  void buildingStartsNothing() {
    Idle destination = new Idle("a");
    Relay relay = Relay.builder(new FailingStore(), destination).build();
    relay.wakeUp();
    assertThat(destination.closed).isZero();
    relay.close();
    relay.close();
    assertThat(destination.closed).isEqualTo(1);
  }

  @Test
  void aRunOnceOfAnEmptyOutboxDoesNothing() {
    try (Relay relay = builder().build()) {
      assertThat(relay.runOnce()).isEqualTo(new RunResult(0, 0, 0, 0, 0, 0, 0));
      assertThat(relay.runOnce()).isEqualTo(new RunResult(0, 0, 0, 0, 0, 0, 0));
    }
  }

  @Test
  void aRunOnceWithoutAStoreThrowsItsException() {
    try (Relay relay = Relay.builder(new FailingStore(), new Idle("a")).build()) {
      assertThatExceptionOfType(OutboxException.class)
          .isThrownBy(relay::runOnce)
          .withMessage("the database is away");
    }
  }

  @Test
  void aClosedRelayRefusesToWork() {
    Relay relay = builder().name("r1").build();
    relay.close();
    relay.wakeUp();
    assertThatIllegalStateException()
        .isThrownBy(relay::start)
        .withMessage("relay r1 is closed; build a new one");
    assertThatIllegalStateException()
        .isThrownBy(relay::runOnce)
        .withMessage("relay r1 is closed; build a new one");
  }

  @Test
  void aStartedRelayIsStartedOnceAndRunsByItself() {
    Idle destination = new Idle("a");
    try (Relay relay = Relay.builder(EMPTY, destination).name("r1").build()) {
      assertThat(relay.start()).isSameAs(relay);
      relay.wakeUp();
      assertThatIllegalStateException()
          .isThrownBy(relay::start)
          .withMessage(
              "relay r1 is started already and needs no start or runOnce; build another for that");
      assertThatIllegalStateException()
          .isThrownBy(relay::runOnce)
          .withMessageContaining("r1 is started already");
    }
    assertThat(destination.closed).isEqualTo(1);
  }

  @Test
  void aSlowerPollNeedsASourceAndIsSlower() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().pollIntervalWhileWoken(Duration.ofSeconds(9)).build())
        .withMessage("pollIntervalWhileWoken needs a source of wake-ups; give one to wakeUpBy");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                builder()
                    .wakeUpBy(new Bell())
                    .pollIntervalWhileWoken(Duration.ofMillis(499))
                    .build())
        .withMessage("pollIntervalWhileWoken PT0.499S must not be less than pollInterval PT0.5S");
    assertThat(builder().timeToPollWhileWoken()).isEqualTo(Duration.ofSeconds(5));
    assertThat(builder().pollInterval(Duration.ofSeconds(2)).timeToPollWhileWoken())
        .isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void theRelayStartsItsSourceOfWakeUpsAndClosesIt() {
    Bell bell = new Bell();
    CountDownLatch woken = new CountDownLatch(1);
    AtomicInteger claims = new AtomicInteger();
    RelayListener listener =
        event -> {
          // The second claim long before the next poll is the one that the source asked for.
          if (event instanceof RelayEvent.Claimed && claims.incrementAndGet() == 2) {
            woken.countDown();
          }
        };
    try (Relay relay =
        builder().pollInterval(Duration.ofMinutes(1)).wakeUpBy(bell).listener(listener).build()) {
      assertThat(bell.events).isEmpty();
      relay.start();
      bell.ring();
      assertThat(woken.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(bell.events).containsExactly("started", "closed");
  }

  @Test
  void aSourceThatCantBeStartedKeepsTheRelayFromStarting() {
    Bell bell = new Bell();
    bell.start(() -> {});
    try (Relay relay = builder().wakeUpBy(bell).build()) {
      assertThatIllegalStateException().isThrownBy(relay::start).withMessage("started already");
      assertThatIllegalStateException()
          .isThrownBy(relay::runOnce)
          .withMessageContaining("is closed; build a new one");
    }
    assertThat(bell.events).containsExactly("started", "closed");
  }

  /** A source of wake-ups that rings when told to. */
  private static final class Bell implements WakeUpSource {
    private final List<String> events = new ArrayList<>();
    private Runnable wakeUp = () -> {};

    @Override
    public void start(Runnable signal) {
      if (!events.isEmpty()) {
        throw new IllegalStateException("started already");
      }
      events.add("started");
      wakeUp = signal;
    }

    void ring() {
      wakeUp.run();
    }

    @Override
    public boolean isUp() {
      return true;
    }

    @Override
    public void close() {
      events.add("closed");
    }
  }

  private static RelayBuilder builder() {
    return Relay.builder(EMPTY, new Idle("default"));
  }

  private static final class Idle implements Destination {
    private final String workspace;
    private final Duration callTimeout;
    private int closed;

    Idle(String workspace) {
      this(workspace, Duration.ofSeconds(1));
    }

    Idle(String workspace, Duration callTimeout) {
      this.workspace = workspace;
      this.callTimeout = callTimeout;
    }

    @Override
    public String workspace() {
      return workspace;
    }

    @Override
    public URI address() {
      return URI.create("idle://" + workspace);
    }

    @Override
    public Duration callTimeout() {
      return callTimeout;
    }

    @Override
    public Optional<String> problem(ClaimedAction action) {
      return Optional.empty();
    }

    @Override
    public CompletionStage<Reply> send(Request request) {
      return CompletableFuture.completedFuture(new Reply(new Outcome.Accepted(200, null, null), 0));
    }

    @Override
    public boolean credentialsRefused() {
      return false;
    }

    @Override
    public void close() {
      closed++;
    }
  }

  private static final class EmptyStore extends NoStore {
    @Override
    public Claim claim(ClaimSpec spec) {
      return new Claim(List.of(), false, null, false, null, Instant.now());
    }

    @Override
    public Settled settle(List<Settlement> settlements) {
      return new Settled(0, 0, 0, 0, 0, List.of());
    }
  }

  private static final class FailingStore extends NoStore {
    @Override
    public Claim claim(ClaimSpec spec) {
      throw new OutboxException("the database is away");
    }

    @Override
    public Settled settle(List<Settlement> settlements) {
      throw new OutboxException("the database is away");
    }
  }

  /** A store that has no workspaces. */
  private abstract static class NoStore implements RelayStore {
    @Override
    public void pause(PauseSpec spec) {}

    @Override
    public void resume(String workspace, UUID probeId, String relay) {}

    @Override
    public List<Backlog> backlogs() {
      return List.of();
    }
  }
}
