package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the library runs on makes no noise in the application's log. */
class QuietTest {
  /** Writes an action with a log at INFO, as services have it. */
  public static void main(String[] args) {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
    try (TestOutbox t = new TestOutbox(TestDatabase.h2(), config -> {})) {
      t.inTransaction(tx -> t.outbox.add(tx, TestOutbox.actions(1)));
      System.out.println("written");
    }
  }

  @Test
  void anApplicationsLogHasNoGreetingOfJooq() throws IOException, InterruptedException {
    // A JVM of its own: jOOQ greets once in each.
    Process process =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    QuietTest.class.getName()))
            .redirectErrorStream(true)
            .start();
    // Whoever reads from it does not do so for ever.
    CompletableFuture.delayedExecutor(1, TimeUnit.MINUTES).execute(process::destroyForcibly);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("written").doesNotContain("Thank you", "tip of the day");
  }
}
