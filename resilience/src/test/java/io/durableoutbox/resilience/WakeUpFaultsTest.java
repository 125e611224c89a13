package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.postgresql.PostgresWakeUps;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What becomes of wake-ups when their connection leads nowhere. */
class WakeUpFaultsTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Duration CHECK = Duration.ofMillis(200);

  private static String script() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            OutboxMigrations.class.getResourceAsStream("/durable-outbox/notify/postgresql.sql"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static PostgresWakeUps wakeUps(String jdbcUrl, String user, String password) {
    PGSimpleDataSource direct = new PGSimpleDataSource();
    direct.setURL(jdbcUrl);
    direct.setUser(user);
    direct.setPassword(password);
    direct.setConnectTimeout(1);
    return PostgresWakeUps.builder(direct).checkInterval(CHECK).build();
  }

  @Test
  void aConnectionThatIsSilentlyDeadIsNoticedAndTheRelayPollsAsUsual() throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        TcpProxy proxy = TcpProxy.to(database.jdbcUrl());
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password())) {
      scene.execute(script());
      PostgresWakeUps source =
          wakeUps(proxy.url(database.jdbcUrl()), database.user(), database.password());
      try (Relay relay =
          scene
              .relay(scene.pool)
              .wakeUpBy(source)
              // Only a signal, or the loss of the source, can be why something leaves in time.
              .pollIntervalWhileWoken(Duration.ofMinutes(30))
              .build()
              .start()) {
        Scene.await("it is up", LONG, source::isUp);
        scene.commit(10);
        scene.everythingArrives(LONG);

        proxy.swallow();
        // No byte comes through any more, and nothing says so: this signal is lost.
        scene.commit(10);
        Scene.await("the loss is noticed", LONG, () -> !source.isUp());
        scene.everythingArrives(LONG);
        scene.commit(10);
        scene.everythingArrives(LONG);
        assertThat(relay.health().reasons()).anyMatch(r -> r.contains("nothing wakes this relay"));

        proxy.pass();
        Scene.await("it is up again", LONG, source::isUp);
        scene.commit(10);
        scene.everythingArrives(LONG);
      }
    }
  }
}
