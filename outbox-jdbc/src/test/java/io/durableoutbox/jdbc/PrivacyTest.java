package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Customer ids, attributes and keys are in no log, however loud, and in no exception. */
class PrivacyTest extends DatabaseTest {
  private static final String CANARY = "secret-canary";

  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  /** Keeps each event as the text that a log file would have. */
  private static final class Recorder extends AppenderBase<ILoggingEvent> {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      lines.add(
          event.getLoggerName()
              + " "
              + event.getFormattedMessage()
              + " "
              + ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
  }

  @Test
  void noLogHasPersonalDataOrKeys() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger ours = (Logger) LoggerFactory.getLogger("io.durableoutbox");
    Level rootLevel = root.getLevel();
    Level oursLevel = ours.getLevel();
    Recorder recorder = new Recorder();
    recorder.start();
    root.addAppender(recorder);
    ours.setLevel(Level.TRACE);
    ((Logger) LoggerFactory.getLogger("org.jooq")).setLevel(Level.TRACE);
    try (SimulatedDestination destination =
        SimulatedDestination.builder().apiKey(CANARY + "-key").start()) {
      live(destination);
    } finally {
      root.detachAppender(recorder);
      root.setLevel(rootLevel);
      ours.setLevel(oursLevel);
    }
    assertThat(recorder.lines).anyMatch(line -> line.contains("is not fit to be sent"));
    assertThat(recorder.lines).anyMatch(line -> line.contains("can't be delivered to"));
    assertThat(recorder.lines).anyMatch(line -> line.contains("is rejected"));
    assertThat(recorder.lines).noneMatch(line -> line.contains(CANARY));
  }

  @Test
  void whatATriggerSaysIsInNoLogAndInNoException() {
    db.execute(
        "CREATE FUNCTION says_who() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE"
            + " EXCEPTION 'no, % is not welcome', NEW.customer_id; END $$");
    db.add(TestOutbox.shown(CANARY + "@example.com").build());
    db.execute(
        "CREATE TRIGGER says BEFORE INSERT OR UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION"
            + " says_who()");
    Logger ours = (Logger) LoggerFactory.getLogger("io.durableoutbox");
    Level before = ours.getLevel();
    Recorder recorder = new Recorder();
    recorder.start();
    ours.addAppender(recorder);
    ours.setLevel(Level.TRACE);
    try (SimulatedDestination destination = SimulatedDestination.start()) {
      MoEngage moEngage =
          MoEngage.workspace(destination.workspaceId(), destination.apiKey())
              .baseUrl(destination.baseUrl())
              .build();
      try (Relay relay = db.outbox.relay(moEngage).build()) {
        Throwable failed = catchThrowable(relay::runOnce);
        assertThat(ThrowableProxyUtil.asString(new ThrowableProxy(failed)))
            .contains("SQLState P0001")
            .doesNotContain(CANARY);
      }
      Throwable refused =
          catchThrowable(() -> db.add(TestOutbox.shown(CANARY + "@example.com").build()));
      assertThat(ThrowableProxyUtil.asString(new ThrowableProxy(refused)))
          .contains("SQLState P0001")
          .doesNotContain(CANARY);
    } finally {
      ours.detachAppender(recorder);
      ours.setLevel(before);
      db.execute("DROP FUNCTION says_who() CASCADE");
    }
    assertThat(recorder.lines).anyMatch(line -> line.contains("P0001"));
    assertThat(recorder.lines).noneMatch(line -> line.contains(CANARY));
  }

  /** Delivers, is refused, meets an outage and a row that can't be sent. */
  private void live(SimulatedDestination destination) {
    String context = TestOutbox.CONTEXT.replace("Web Personalization", CANARY);
    db.add(
        Action.shown(CANARY + "@example.com", context)
            .platform(Platform.WEB)
            .userAttributes("{\"name\":\"" + CANARY + "\"}")
            .build());
    db.execute(
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES ('"
            + CANARY
            + "', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{\"cid\": 7}')");
    destination.next(
        Fault.status(503, CANARY),
        Fault.unauthorized(),
        Fault.dropAfterAccepting(),
        Fault.status(400, "{\"error\":\"" + CANARY + "\"}"));
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(destination.baseUrl())
            .build();
    try (Relay relay =
        db.outbox
            .relay(moEngage)
            .pollInterval(Duration.ofMillis(20))
            .retryBackoff(Duration.ofMillis(1), Duration.ofMillis(20))
            .build()
            .start()) {
      destination.awaitRequests(4, Duration.ofSeconds(30));
      assertThat(relay.name()).doesNotContain(CANARY);
    }
    ActionFilter one = ActionFilter.all().customerId(CANARY);
    Operator anna = db.outbox.operator("anna");
    anna.requeue(Requeue.of(one, "why"));
    anna.cancel(one.reasonContains(CANARY), "why");
    anna.erase(CANARY + "@example.com", "why");
    assertThat(db.query("SELECT detail, reason FROM outbox_operation"))
        .noneMatch(row -> row.contains(CANARY));
    assertThat(moEngage.toString()).doesNotContain(CANARY);
  }

  @Test
  void anErrorOfTheDatabaseQuotesNoRow() {
    db.execute(
        "ALTER TABLE outbox ADD CONSTRAINT made_to_fail CHECK (customer_id NOT LIKE 'secret%')");
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      Throwable failure =
          catchThrowable(() -> db.outbox.add(connection, TestOutbox.shown(CANARY).build()));
      assertThat(failure).hasMessage("Could not write actions (SQLState 23514)").hasNoCause();
      connection.rollback();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    } finally {
      db.execute("ALTER TABLE outbox DROP CONSTRAINT made_to_fail");
    }
  }
}
