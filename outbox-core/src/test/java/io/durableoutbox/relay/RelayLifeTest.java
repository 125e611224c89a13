package io.durableoutbox.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.RelayHealth;
import io.durableoutbox.RunResult;
import io.durableoutbox.Samples;
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
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a relay begins and ends, on real threads. */
@Timeout(20)
class RelayLifeTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Store store = new Store();
  private final Server shop = new Server("shop");

  /** Has one action, which it gives out once. */
  private static final class Store implements RelayStore {
    private final AtomicBoolean taken = new AtomicBoolean();
    private final List<Settlement> settled = new CopyOnWriteArrayList<>();
    private final CountDownLatch called = new CountDownLatch(1);
    private final CountDownLatch returned = new CountDownLatch(1);
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private volatile CountDownLatch hang = new CountDownLatch(0);

    @Override
    public Claim claim(ClaimSpec spec) {
      called.countDown();
      awaitHang();
      List<ClaimedAction> actions = taken.getAndSet(true) ? List.of() : List.of(action());
      return new Claim(actions, false, null, false, null, Instant.EPOCH);
    }

    private void awaitHang() {
      boolean over = false;
      while (!over) {
        try {
          hang.await();
          over = true;
        } catch (InterruptedException e) {
          interrupted.set(true);
        }
      }
      returned.countDown();
      if (interrupted.get()) {
        Thread.currentThread().interrupt();
      }
    }

    private static ClaimedAction action() {
      return ClaimedAction.of(
          1,
          UUID.randomUUID(),
          "user",
          null,
          null,
          "MOE_PERSONALIZATION_MESSAGE_SHOWN",
          1_725_258_666,
          "web",
          Samples.CONTEXT,
          true,
          0,
          0,
          null,
          null);
    }

    @Override
    public Settled settle(List<Settlement> settlements) {
      settled.addAll(settlements);
      return new Settled(settlements.size(), 0, 0, 0, 0, List.of());
    }

    @Override
    public void pause(PauseSpec spec) {}

    @Override
    public void resume(String workspace, UUID probeId, String relay) {}

    @Override
    public List<Backlog> backlogs() {
      return List.of();
    }
  }

  /** Answers when it is told to, or is closed. */
  private static class Server implements Destination {
    private final String workspace;
    private final CountDownLatch sent = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger closes = new AtomicInteger();
    private final CompletableFuture<Reply> answer = new CompletableFuture<>();
    private @Nullable RuntimeException whenClosed;

    private Server(String workspace) {
      this.workspace = workspace;
    }

    @Override
    public URI address() {
      return URI.create("server://here");
    }

    @Override
    public String workspace() {
      return workspace;
    }

    @Override
    public Duration callTimeout() {
      return Duration.ofSeconds(20);
    }

    @Override
    public Optional<String> problem(ClaimedAction action) {
      return Optional.empty();
    }

    @Override
    public CompletionStage<Reply> send(Request request) {
      sent.countDown();
      return answer;
    }

    @Override
    public boolean credentialsRefused() {
      return false;
    }

    @Override
    public void close() {
      closes.incrementAndGet();
      closed.countDown();
      answer.complete(new Reply(new Outcome.Unknown(null, "closed", null), 0));
      if (whenClosed != null) {
        throw whenClosed;
      }
    }
  }

  private RelayBuilder relay() {
    return Relay.builder(store, shop).name("life-" + UUID.randomUUID()).closeTimeout(LONG);
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
  }

  /** Waits for the end of its threads. */
  private static void assertNoThreadsOf(Relay relay) throws InterruptedException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("outbox-" + relay.name())) {
        thread.join(10_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  private static <T> CompletableFuture<T> inBackground(java.util.function.Supplier<T> task) {
    return CompletableFuture.supplyAsync(
        task,
        task1 -> {
          Thread thread = new Thread(task1, "test");
          thread.setDaemon(true);
          thread.start();
        });
  }

  // Closing while it runs once

  @Test
  void closingEndsARunOnceThatIsUnderWayWithinItsTimeout() throws Exception {
    Relay relay = relay().closeTimeout(SHORT).build();
    CompletableFuture<RunResult> run = inBackground(relay::runOnce);
    await(shop.sent);
    long started = System.nanoTime();
    relay.close();
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(5));
    // The destination was closed in the end, which ended the request.
    assertThat(run.get(10, TimeUnit.SECONDS).claimed()).isOne();
    assertThat(store.settled).hasSize(1);
  }

  @Test
  void closingWaitsForWhatARunOnceHasOut() throws Exception {
    Relay relay = relay().build();
    CompletableFuture<RunResult> run = inBackground(relay::runOnce);
    await(shop.sent);
    CompletableFuture<Boolean> closed =
        inBackground(
            () -> {
              relay.close();
              return true;
            });
    assertThat(closed).isNotDone();
    shop.answer.complete(new Reply(new Outcome.Accepted(200, null, null), 10));
    assertThat(closed.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(run.get(10, TimeUnit.SECONDS).delivered()).isOne();
  }

  @Test
  void closingDoesNotWaitForAStoreThatHangsInARunOnce() throws Exception {
    store.hang = new CountDownLatch(1);
    Relay relay = relay().closeTimeout(SHORT).build();
    CompletableFuture<RunResult> run = inBackground(relay::runOnce);
    await(store.called);
    relay.close();
    assertThat(run).isNotDone();
    store.hang.countDown();
    assertThat(run.get(10, TimeUnit.SECONDS).unsent() + store.settled.size()).isOne();
    assertThat(shop.sent.getCount()).as("nothing leaves after the end").isOne();
  }

  @Test
  void anInterruptDuringACallOfTheStoreEndsARunOnceBeforeAnythingLeaves() throws Exception {
    store.hang = new CountDownLatch(1);
    Relay relay = relay().build();
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    CompletableFuture<RunResult> run =
        inBackground(
            () -> {
              thread.complete(Thread.currentThread());
              return relay.runOnce();
            });
    await(store.called);
    thread.join().interrupt();
    store.hang.countDown();
    assertThat(run.get(10, TimeUnit.SECONDS).claimed()).isOne();
    assertThat(shop.sent.getCount()).isOne();
    relay.close();
  }

  @Test
  void aRunOnceMayBeClosedByItsListener() throws Exception {
    CompletableFuture<Relay> self = new CompletableFuture<>();
    Relay relay = relay().listener(event -> self.join().close()).build();
    self.complete(relay);
    shop.answer.complete(new Reply(new Outcome.Accepted(200, null, null), 10));
    assertThat(relay.runOnce().claimed()).isOne();
    relay.close();
    assertThat(shop.closes).hasValue(1);
  }

  @Test
  void aRunOnceCantBeRunByItsOwnListener() {
    CompletableFuture<Relay> self = new CompletableFuture<>();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    Relay relay =
        relay()
            .listener(
                event -> {
                  try {
                    self.join().runOnce();
                  } catch (IllegalStateException e) {
                    failures.add(e);
                  }
                })
            .build();
    self.complete(relay);
    shop.answer.complete(new Reply(new Outcome.Accepted(200, null, null), 10));
    relay.runOnce();
    relay.close();
    assertThat(failures).isNotEmpty();
    assertThat(failures.get(0)).hasMessageContaining("don't call runOnce from its listener");
  }

  // Closing on the relay's own thread

  @Test
  void aListenerMayCloseItsRelayAndOthersWaitForTheEnd() throws Exception {
    CompletableFuture<Relay> self = new CompletableFuture<>();
    CountDownLatch closedByListener = new CountDownLatch(1);
    Relay relay =
        relay()
            .listener(
                event -> {
                  self.join().close();
                  closedByListener.countDown();
                })
            .build();
    self.complete(relay);
    shop.answer.complete(new Reply(new Outcome.Accepted(200, null, null), 10));
    relay.start();
    await(closedByListener);
    relay.close();
    assertThat(shop.closes).hasValue(1);
    assertNoThreadsOf(relay);
    assertThat(relay.health().status()).isEqualTo(RelayHealth.Status.DOWN);
  }

  @Test
  void aDestinationMayCloseItsRelayWhileItIsCalled() throws Exception {
    CompletableFuture<Relay> self = new CompletableFuture<>();
    Server closing =
        new Server("shop") {
          @Override
          public CompletionStage<Reply> send(Request request) {
            self.join().close();
            return super.send(request);
          }
        };
    Relay relay = Relay.builder(store, closing).name("life-closing").closeTimeout(SHORT).build();
    self.complete(relay);
    relay.start();
    await(closing.closed);
    relay.close();
    assertNoThreadsOf(relay);
  }

  @Test
  void aListenerMayAskForTheHealth() throws Exception {
    CompletableFuture<Relay> self = new CompletableFuture<>();
    CompletableFuture<RelayHealth> health = new CompletableFuture<>();
    Relay relay = relay().listener(event -> health.complete(self.join().health())).build();
    self.complete(relay);
    relay.start();
    assertThat(health.get(10, TimeUnit.SECONDS).status()).isEqualTo(RelayHealth.Status.UP);
    shop.answer.complete(new Reply(new Outcome.Accepted(200, null, null), 10));
    relay.close();
  }

  // What blocks or fails

  @Test
  void aCallOfTheStoreIsNeverInterruptedAndLeftBehind() throws Exception {
    store.hang = new CountDownLatch(1);
    Relay relay = relay().closeTimeout(SHORT).build().start();
    await(store.called);
    relay.close();
    assertThat(shop.closes).hasValue(1);
    store.hang.countDown();
    await(store.returned);
    assertThat(store.interrupted).isFalse();
    assertNoThreadsOf(relay);
  }

  @Test
  void aDestinationThatCantBeClosedKeepsNoOtherFromIt() throws Exception {
    Server other = new Server("other");
    shop.whenClosed = new IllegalStateException("simulated");
    Relay relay = Relay.builder(store, shop, other).name("life-close").closeTimeout(LONG).build();
    relay.close();
    assertThat(other.closes).hasValue(1);
  }

  private static final class Source implements WakeUpSource {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch blockStart = new CountDownLatch(1);
    private final CountDownLatch blockClose = new CountDownLatch(1);
    private final AtomicInteger closes = new AtomicInteger();
    private boolean fails;

    @Override
    public void start(Runnable wakeUp) {
      begun.countDown();
      wakeUp.run();
      if (fails) {
        throw new IllegalStateException("simulated: can't start");
      }
      block(blockStart);
    }

    @Override
    public boolean isUp() {
      return true;
    }

    @Override
    public void close() {
      closes.incrementAndGet();
      block(blockClose);
    }

    private static void block(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void aStartThatFailsLeavesNothingRunning() throws Exception {
    Source source = new Source();
    source.fails = true;
    source.blockClose.countDown();
    store.taken.set(true);
    Relay relay = relay().wakeUpBy(source).build();
    assertThatThrownBy(relay::start).hasMessage("simulated: can't start");
    assertNoThreadsOf(relay);
    assertThat(source.closes).hasValue(1);
    assertThat(shop.closes).hasValue(1);
    assertThatIllegalStateException()
        .isThrownBy(relay::start)
        .withMessageContaining("is closed; build a new one");
  }

  @Test
  void aSourceThatBlocksWhenItIsClosedKeepsNobodyLongerThanTheTimeout() throws Exception {
    Source source = new Source();
    source.blockStart.countDown();
    store.taken.set(true);
    Relay relay = relay().closeTimeout(SHORT).wakeUpBy(source).build().start();
    relay.close();
    await(shop.closed);
    source.blockClose.countDown();
    assertNoThreadsOf(relay);
  }

  @Test
  void aSourceThatBlocksWhenItStartsKeepsNobodyFromClosing() throws Exception {
    Source source = new Source();
    source.blockClose.countDown();
    store.taken.set(true);
    Relay relay = relay().wakeUpBy(source).build();
    CompletableFuture<Relay> started = inBackground(relay::start);
    await(source.begun);
    relay.close();
    await(shop.closed);
    source.blockStart.countDown();
    started.get(10, TimeUnit.SECONDS);
    assertThat(source.closes).as("once more, since it began after it was closed").hasValue(2);
    assertNoThreadsOf(relay);
  }

  @Test
  void aClosedRelayNeitherStartsNorRuns() {
    Relay relay = relay().build();
    relay.close();
    relay.close();
    assertThatIllegalStateException()
        .isThrownBy(relay::start)
        .withMessageContaining("is closed; build a new one");
    assertThatIllegalStateException()
        .isThrownBy(relay::runOnce)
        .withMessageContaining("is closed; build a new one");
  }

  @Test
  void aStartedRelayNeitherStartsNorRunsOnce() {
    store.taken.set(true);
    Relay relay = relay().build().start();
    assertThatIllegalStateException()
        .isThrownBy(relay::start)
        .withMessageContaining("is started already");
    assertThatIllegalStateException()
        .isThrownBy(relay::runOnce)
        .withMessageContaining("is started already");
    relay.close();
  }

  @Test
  void anInterruptOfWhoClosesEndsTheWait() throws Exception {
    Relay relay = relay().build().start();
    await(shop.sent);
    Thread.currentThread().interrupt();
    relay.close();
    assertThat(Thread.interrupted()).isTrue();
    await(shop.closed);
    assertNoThreadsOf(relay);
  }
}
