package io.durableoutbox.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The two loops that relays run on outside of simulations. */
@Timeout(20)
class SchedulersTest {
  private static final Duration SOON = Duration.ofMillis(1);

  @Test
  void aLoopRunsTasksInTheirOrderOnADaemonThreadOfItsName() throws Exception {
    try (LoopScheduler loop = new LoopScheduler("r1")) {
      List<Integer> order = new CopyOnWriteArrayList<>();
      CompletableFuture<Thread> last = new CompletableFuture<>();
      for (int i = 0; i < 100; i++) {
        int n = i;
        loop.execute(() -> order.add(n));
      }
      loop.execute(() -> last.complete(Thread.currentThread()));
      Thread thread = last.get(10, TimeUnit.SECONDS);
      assertThat(order).hasSize(100).isSorted();
      assertThat(thread.getName()).isEqualTo("outbox-r1");
      assertThat(thread.isDaemon()).isTrue();
    }
  }

  @Test
  void aTaskThatFailsDoesNotEndTheLoop() throws Exception {
    try (LoopScheduler loop = new LoopScheduler("r1")) {
      CompletableFuture<String> later = new CompletableFuture<>();
      loop.execute(
          () -> {
            throw new AssertionError("simulated");
          });
      loop.execute(() -> later.complete("still here"));
      assertThat(later.get(10, TimeUnit.SECONDS)).isEqualTo("still here");
    }
  }

  @Test
  void twoCallsThatBlockRunAtOnceAndTheLoopGoesOn() throws Exception {
    try (LoopScheduler loop = new LoopScheduler("r1")) {
      CountDownLatch both = new CountDownLatch(2);
      CountDownLatch results = new CountDownLatch(2);
      for (int i = 0; i < 2; i++) {
        loop.call(
            () -> {
              both.countDown();
              return both.await(10, TimeUnit.SECONDS);
            },
            (met, failure) -> {
              assertThat(met).isTrue();
              assertThat(Thread.currentThread().getName()).isEqualTo("outbox-r1");
              results.countDown();
            });
      }
      assertThat(results.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aCallThatFailsTellsItsFailure() throws Exception {
    try (LoopScheduler loop = new LoopScheduler("r1")) {
      CompletableFuture<Object> told = new CompletableFuture<>();
      loop.call(
          () -> {
            throw new LinkageError("simulated");
          },
          (result, failure) -> told.complete(failure == null ? "no failure" : failure));
      assertThat(told.get(10, TimeUnit.SECONDS)).isInstanceOf(LinkageError.class);
    }
  }

  @Test
  void aCallThatHasToldItsResultIsNotLeftBehind() throws Exception {
    for (int i = 0; i < 500; i++) {
      LoopScheduler loop = new LoopScheduler("r1");
      CompletableFuture<Boolean> leftBehind = new CompletableFuture<>();
      loop.call(() -> "result", (result, failure) -> leftBehind.complete(loop.end()));
      assertThat(leftBehind.get(10, TimeUnit.SECONDS)).isFalse();
    }
  }

  @Test
  void aCallThatStillRunsIsLeftBehind() throws Exception {
    LoopScheduler loop = new LoopScheduler("r1");
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    loop.call(
        () -> {
          begun.countDown();
          return release.await(10, TimeUnit.SECONDS);
        },
        (result, failure) -> {});
    assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.end()).isTrue();
    release.countDown();
  }

  @Test
  void aLoopsTimerRunsUnlessItIsCancelled() throws Exception {
    try (LoopScheduler loop = new LoopScheduler("r1")) {
      List<String> ran = new CopyOnWriteArrayList<>();
      CountDownLatch last = new CountDownLatch(1);
      // In one step of the loop, so that none of them can run before all are there.
      loop.execute(
          () -> {
            Scheduler.Timer cancelled = loop.schedule(SOON, () -> ran.add("cancelled"));
            loop.schedule(SOON, () -> ran.add("first"));
            loop.schedule(SOON.multipliedBy(2), last::countDown);
            cancelled.cancel();
          });
      assertThat(last.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(ran).containsExactly("first");
    }
  }

  @Test
  void anEndedLoopIgnoresWhatComesLater() {
    LoopScheduler loop = new LoopScheduler("r1");
    loop.close();
    List<String> ran = new CopyOnWriteArrayList<>();
    loop.execute(() -> ran.add("task"));
    loop.schedule(SOON, () -> ran.add("timer")).cancel();
    loop.call(() -> ran.add("call"), (result, failure) -> ran.add("then"));
    assertThat(ran).isEmpty();
  }

  @Test
  void aCallersLoopRunsEverythingOnTheCallersThread() {
    CallerScheduler loop = new CallerScheduler();
    List<Thread> threads = new CopyOnWriteArrayList<>();
    List<String> ran = new CopyOnWriteArrayList<>();
    loop.call(
        () -> {
          threads.add(Thread.currentThread());
          return "result";
        },
        (result, failure) -> {
          threads.add(Thread.currentThread());
          ran.add(String.valueOf(result));
        });
    loop.call(
        () -> {
          throw new IOException("simulated");
        },
        (result, failure) -> {
          ran.add(failure == null ? "no failure" : failure.getMessage());
          // In one step of the loop, so that none of them can run before all are there.
          Scheduler.Timer cancelled = loop.schedule(SOON, () -> ran.add("cancelled"));
          loop.schedule(Duration.ofHours(1), () -> ran.add("far too late"));
          loop.schedule(SOON, () -> ran.add("first"));
          loop.schedule(SOON.multipliedBy(2), loop::end);
          cancelled.cancel();
        });
    loop.run(() -> ran.add("interrupted"));
    assertThat(ran).containsExactly("result", "simulated", "first");
    assertThat(threads).containsOnly(Thread.currentThread());
  }

  @Test
  void aCallersLoopTakesTasksFromOtherThreads() {
    CallerScheduler loop = new CallerScheduler();
    Thread other = new Thread(() -> loop.execute(loop::end));
    other.start();
    loop.run(() -> {});
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void anInterruptIsToldOnceAndStaysSet() {
    CallerScheduler loop = new CallerScheduler();
    List<String> told = new CopyOnWriteArrayList<>();
    Thread.currentThread().interrupt();
    loop.run(
        () -> {
          told.add("interrupted");
          loop.schedule(SOON, loop::end);
        });
    assertThat(Thread.interrupted()).isTrue();
    assertThat(told).containsExactly("interrupted");
  }

  @Test
  void aCallOnTheCallersThreadFindsItNotInterrupted() {
    CallerScheduler loop = new CallerScheduler();
    List<String> ran = new CopyOnWriteArrayList<>();
    loop.call(
        () -> Thread.currentThread().isInterrupted(),
        (interrupted, failure) -> ran.add("first " + interrupted));
    // A task that no check comes between.
    loop.execute(
        () -> {
          loop.call(
              () -> Thread.currentThread().isInterrupted(),
              (interrupted, failure) -> {
                ran.add("second " + interrupted);
                loop.end();
              });
          Thread.currentThread().interrupt();
        });
    Thread.currentThread().interrupt();
    loop.run(() -> ran.add("told"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(ran).containsExactly("told", "first false", "second false");
  }

  @Test
  void anErrorOfACallOnTheCallersThreadIsToldLikeAnException() {
    CallerScheduler loop = new CallerScheduler();
    List<Throwable> told = new CopyOnWriteArrayList<>();
    loop.call(
        () -> {
          throw new LinkageError("simulated");
        },
        (result, failure) -> {
          told.add(failure);
          loop.end();
        });
    loop.run(() -> {});
    assertThat(told).singleElement().isInstanceOf(LinkageError.class);
  }

  @Test
  void endingALoopInterruptsNoCallAndForgetsThoseThatWait() throws Exception {
    LoopScheduler loop = new LoopScheduler("r1");
    CountDownLatch begun = new CountDownLatch(LoopScheduler.STORE_THREADS);
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(LoopScheduler.STORE_THREADS);
    List<String> ran = new CopyOnWriteArrayList<>();
    for (int i = 0; i < LoopScheduler.STORE_THREADS; i++) {
      loop.call(
          () -> {
            begun.countDown();
            goOn.await();
            ended.countDown();
            return true;
          },
          (result, failure) -> {});
    }
    loop.call(() -> ran.add("waiting"), (result, failure) -> {});
    assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.end()).isTrue();
    goOn.countDown();
    assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).isEmpty();
  }

  @Test
  void onlyTheLoopsOwnThreadIsTheLoop() throws Exception {
    try (LoopScheduler loop = new LoopScheduler("r1")) {
      CompletableFuture<Boolean> on = new CompletableFuture<>();
      loop.execute(() -> on.complete(loop.isLoop()));
      assertThat(on.get(10, TimeUnit.SECONDS)).isTrue();
      assertThat(loop.isLoop()).isFalse();
    }
  }
}
