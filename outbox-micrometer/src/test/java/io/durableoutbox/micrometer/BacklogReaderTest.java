package io.durableoutbox.micrometer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.WorkspaceBacklog;
import io.durableoutbox.micrometer.BacklogReader.Figures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How the gauges of the database are read: seldom, one at a time, and never waited for long. */
class BacklogReaderTest {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final AtomicLong passed = new AtomicLong();
  private final AtomicInteger readings = new AtomicInteger();
  private final CountDownLatch stuck = new CountDownLatch(1);
  private volatile Supplier<List<WorkspaceBacklog>> database = () -> List.of(shop(3));
  private final BacklogReader reader =
      new BacklogReader(
          () -> {
            readings.incrementAndGet();
            return database.get();
          },
          INTERVAL,
          workspace -> workspace.startsWith("x") ? "other" : workspace,
          () -> System.nanoTime() + passed.get());

  @AfterEach
  void close() {
    stuck.countDown();
    reader.close();
  }

  private static WorkspaceBacklog shop(long waiting) {
    return new WorkspaceBacklog("shop", waiting, Duration.ofSeconds(5), 0, null);
  }

  private void pass(Duration duration) {
    passed.addAndGet(duration.toNanos());
  }

  private List<WorkspaceBacklog> hang() {
    try {
      stuck.await();
      return List.of(shop(9));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private @Nullable Long waiting() {
    Figures figures = reader.figures("shop");
    return figures == null ? null : figures.waiting();
  }

  @Test
  void aReadingIsSharedByAllGaugesUntilTheIntervalIsOver() {
    for (int i = 0; i < 100; i++) {
      assertThat(waiting()).isEqualTo(3);
    }
    assertThat(readings).hasValue(1);
    database = () -> List.of(shop(4));
    pass(INTERVAL);
    Await.until(() -> Long.valueOf(4).equals(waiting()));
    assertThat(readings).hasValue(2);
  }

  @Test
  void nothingIsReadWhileNobodyAsks() {
    assertThat(waiting()).isEqualTo(3);
    pass(Duration.ofHours(1));
    assertThat(readings).hasValue(1);
    assertThat(waiting()).isEqualTo(3);
    assertThat(readings).hasValue(2);
  }

  @Test
  void aWorkspaceOfWhichNothingWaitsIsZeroAndNotUnknown() {
    assertThat(reader.figures("elsewhere")).isEqualTo(Figures.NONE);
  }

  @Test
  void workspacesThatShareATagAreAddedUp() {
    database =
        () ->
            List.of(
                new WorkspaceBacklog("x1", 3, Duration.ofSeconds(5), 2, null),
                new WorkspaceBacklog("x2", 4, null, 0, Duration.ofSeconds(9)),
                new WorkspaceBacklog("x3", 0, Duration.ofSeconds(7), 1, Duration.ofSeconds(8)));
    assertThat(reader.figures("other")).isEqualTo(new Figures(7, 7, 3, true, 9));
  }

  @Test
  void aReadingThatFailsLeavesNothingUntilOneSucceeds() {
    assertThat(waiting()).isEqualTo(3);
    database =
        () -> {
          throw new OutboxException("Could not read what waits (SQLState 08001)");
        };
    pass(INTERVAL);
    Await.until(() -> waiting() == null);
    assertThat(reader.readable()).isFalse();
    assertThat(readings).as("a failure is not tried again at once").hasValue(2);
    database = () -> List.of(shop(5));
    pass(INTERVAL);
    Await.until(() -> Long.valueOf(5).equals(waiting()));
    assertThat(reader.readable()).isTrue();
  }

  @Test
  void whoeverAsksWhileTheDatabaseHangsWaitsASecondAtMostForAllGaugesTogether() {
    database = this::hang;
    long started = System.nanoTime();
    List<@Nullable Long> values = new ArrayList<>();
    IntStream.range(0, 50).forEach(i -> values.add(waiting()));
    assertThat(Duration.ofNanos(System.nanoTime() - started))
        // A second for each would be 50; a busy machine takes its time.
        .isBetween(Duration.ofMillis(900), Duration.ofSeconds(25));
    assertThat(values).containsOnlyNulls();
    assertThat(readings).hasValue(1);
  }

  @Test
  void askersAtTheSameTimeShareOneReading() {
    CountDownLatch asked = new CountDownLatch(4);
    database =
        () -> {
          try {
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return List.of(shop(3));
        };
    List<CompletableFuture<@Nullable Long>> askers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      askers.add(
          CompletableFuture.supplyAsync(
              () -> {
                asked.countDown();
                return waiting();
              },
              task -> new Thread(task).start()));
    }
    askers.forEach(asker -> assertThat(asker.join()).isEqualTo(3));
    assertThat(readings).hasValue(1);
  }

  @Test
  void theLastReadingIsToldForTwoMinutesWhileTheDatabaseHangsAndThenNoLonger() {
    assertThat(waiting()).isEqualTo(3);
    database = this::hang;
    pass(INTERVAL);
    requireNonNull(reader.refresh());
    pass(Duration.ofSeconds(100));
    assertThat(waiting()).isEqualTo(3);
    pass(Duration.ofSeconds(30));
    assertThat(waiting()).isNull();
    stuck.countDown();
    Await.until(() -> readings.get() == 2 && waiting() != null);
  }

  @Test
  void aReadingThatTakesLongIsRepeatedSoSeldomThatItTakesATenthOfTheTime() {
    database =
        () -> {
          pass(Duration.ofSeconds(20));
          return List.of(shop(3));
        };
    // Whoever asked may have been patient for long enough before it began to wait.
    Await.until(() -> Long.valueOf(3).equals(waiting()));
    pass(Duration.ofSeconds(170));
    assertThat(waiting()).isEqualTo(3);
    assertThat(readings).hasValue(1);
    pass(Duration.ofSeconds(20));
    assertThat(waiting()).isEqualTo(3);
    Await.until(() -> readings.get() == 2);
  }

  @Test
  void whatIsClosedTellsNothing() {
    assertThat(waiting()).isEqualTo(3);
    reader.close();
    assertThat(waiting()).isNull();
  }
}
