package io.durableoutbox.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Relays as real processes that get real signals, under a load of real writers. */
@SuppressWarnings("try") // A writer is only held.
class RelayProcessTest {
  private static final Duration LEASE = Duration.ofSeconds(7);

  private final TestDatabase database = TestDatabase.postgres();
  private final SimulatedDestination destination = SimulatedDestination.start();
  private final Cli cli = Cli.on(database).with(destination);
  private final Set<UUID> committed = ConcurrentHashMap.newKeySet();
  @TempDir Path directory = Path.of(".");

  @BeforeEach
  void migrate() {
    cli.ok("migrate");
    cli.with("OUTBOX_LEASE", LEASE.toSeconds() + "s")
        .with("OUTBOX_CALL_TIMEOUT", "1500ms")
        .with("OUTBOX_POLL_INTERVAL", "50ms")
        .with("OUTBOX_PORT", "0");
  }

  @AfterEach
  void close() {
    database.close();
    destination.close();
  }

  private CliProcess relay(String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "relay";
    System.arraycopy(args, 0, all, 1, args.length);
    return CliProcess.start(cli.environment(), directory, all);
  }

  /** Commits a few actions again and again until it is closed. */
  private final class Writer implements AutoCloseable {
    private final AtomicBoolean end = new AtomicBoolean();
    private final Thread thread = new Thread(this::run, "writer");
    private final int limit;

    Writer() {
      this(Integer.MAX_VALUE);
    }

    /** Ends by itself when so many are committed. */
    Writer(int limit) {
      this.limit = limit;
      thread.start();
    }

    private void run() {
      DataSource pool = database.pool();
      Outbox outbox = JdbcOutbox.create(pool);
      AtomicInteger user = new AtomicInteger();
      while (!end.get() && committed.size() < limit) {
        write(pool, outbox, 5, user);
      }
    }

    @Override
    public void close() {
      end.set(true);
      CliProcess.await("the writer ends", () -> !thread.isAlive());
    }
  }

  private void write(DataSource pool, Outbox outbox, int count, AtomicInteger user) {
    Action[] actions = new Action[count];
    for (int i = 0; i < count; i++) {
      actions[i] =
          Action.shown("user" + user.getAndIncrement() + "@example.com", Samples.ATTRIBUTES)
              .platform(Platform.WEB)
              .build();
    }
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      outbox.add(connection, actions);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    for (Action action : actions) {
      committed.add(action.eventUuid());
    }
  }

  @Test
  void aTermSignalUnderLoadEndsItInOrderWithZeroAndNothingIsLost() throws Exception {
    destination.latency(Duration.ofMillis(100));
    long stopped;
    String log;
    try (Writer writer = new Writer();
        CliProcess relay = relay()) {
      destination.awaitAccepted(500, Duration.ofSeconds(60));
      long began = System.nanoTime();
      relay.terminate();
      assertThat(relay.awaitExit()).as(relay.toString()).isZero();
      stopped = Duration.ofNanos(System.nanoTime() - began).toMillis();
      log = relay.err();
      assertThat(relay.out()).isEmpty();
    }
    System.out.println("relay stopped " + stopped + " ms after SIGTERM, with writers on");
    // What docs/cli.md has; no bound of how quick it is on a busy machine.
    assertThat(stopped).isLessThan(45_000);
    assertThat(log).contains(" stopped").doesNotContain("example.com").doesNotContain("TEST_KEY");
    // It holds nothing, so that nobody has to wait for its lease.
    assertThat(cli.run("find", "--state", "claimed").code()).isEqualTo(ExitCode.NOT_FOUND);
    cli.ok("relay", "--until-empty", "--no-http");
    assertAllDeliveredOnce();
  }

  @Test
  void afterAKillAnotherRelayTakesOverWithinTheLease() throws Exception {
    destination.latency(Duration.ofMillis(300));
    try (CliProcess first = relay("--name", "first", "--in-flight", "2")) {
      // As many as the second delivers in two seconds: what is timed is the takeover.
      try (Writer writer = new Writer(5_000)) {
        destination.awaitAccepted(300, Duration.ofSeconds(60));
        CliProcess.await(
            "the first relay holds some",
            () -> cli.run("find", "--state", "claimed", "--limit", "1").code() == 0);
        first.kill();
      }
      long began = System.nanoTime();
      try (CliProcess second = relay("--name", "second", "--until-empty")) {
        assertThat(second.awaitExit()).as(second.toString()).isZero();
      }
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      System.out.println(
          "all was delivered " + took.toMillis() + " ms after SIGKILL, with a lease of " + LEASE);
      assertThat(took).isLessThan(LEASE.plusSeconds(45));
      assertAllDeliveredOnce();
    }
  }

  @Test
  void aTermSignalEndsARelayOnAFileOfH2InOrderToo() {
    destination.latency(Duration.ofMillis(100));
    cli.with("OUTBOX_JDBC_URL", "jdbc:h2:file:" + directory.resolve("outbox").toAbsolutePath());
    cli.with("OUTBOX_JDBC_USER", "sa").with("OUTBOX_JDBC_PASSWORD", "").ok("migrate");
    // No answer is late, which would be worth a warning.
    cli.with("OUTBOX_CALL_TIMEOUT", "30s").with("OUTBOX_LEASE", "60s");
    cli.reading(
            IntStream.range(0, 5_000)
                .mapToObj(i -> Samples.line("user" + i + "@example.com") + "\n")
                .collect(Collectors.joining()))
        .ok("import", "-");
    try (CliProcess relay = relay("--in-flight", "2")) {
      destination.awaitAccepted(300, Duration.ofSeconds(60));
      relay.terminate();
      assertThat(relay.awaitExit()).as(relay.toString()).isZero();
      assertThat(relay.err()).contains(" stopped").doesNotContain("WARN");
    }
    assertThat(cli.run("find", "--state", "claimed").code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(cli.ok("status", "-o", "json").row())
        .containsEntry("waiting", 5_000 - destination.acceptedCount());
  }

  @Test
  void aTermSignalEndsItInTimeThoughTheDatabaseHangs() {
    Matcher address = Pattern.compile("//[^/]*:(\\d+)/").matcher(database.jdbcUrl());
    assertThat(address.find()).isTrue();
    int port = Integer.parseInt(address.group(1));
    try (FreezableProxy proxy = new FreezableProxy(port)) {
      String through = database.jdbcUrl().replace(":" + port + "/", ":" + proxy.port() + "/");
      cli.reading(Samples.line("john@example.com")).ok("import", "-");
      cli.with("OUTBOX_JDBC_URL", through).with("OUTBOX_CLOSE_TIMEOUT", "1s");
      try (CliProcess relay = relay("--maintenance")) {
        destination.awaitAccepted(1, Duration.ofSeconds(60));
        proxy.freeze();
        long began = System.nanoTime();
        relay.terminate();
        assertThat(relay.awaitExit()).as(relay.toString()).isZero();
        // 1 s for the relay, 3 s for the rest, and a busy machine.
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
      }
    }
  }

  @Test
  void halfRequestsKeepNoProbeWaiting() throws Exception {
    try (CliProcess relay = relay()) {
      CliProcess.await("it listens", () -> relay.err().contains("Health and metrics on "));
      Matcher url = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)").matcher(relay.err());
      assertThat(url.find()).isTrue();
      List<Socket> halfOpen = new ArrayList<>();
      try {
        for (int i = 0; i < 50; i++) {
          Socket socket =
              new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(url.group(1)));
          halfOpen.add(socket);
          socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: ".getBytes(US_ASCII));
        }
        for (int i = 0; i < 3; i++) {
          long began = System.nanoTime();
          assertThat(get(url.group() + "/health/live")).startsWith("200 ");
          assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
        }
        // They are given up after some seconds, so that their threads and files come back.
        for (Socket socket : halfOpen) {
          socket.setSoTimeout(20_000);
          assertThat(ended(socket)).isTrue();
        }
      } finally {
        for (Socket socket : halfOpen) {
          socket.close();
        }
      }
    }
  }

  private static boolean ended(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }

  private void assertAllDeliveredOnce() {
    assertThat(destination.acceptedCount()).isEqualTo(committed.size());
    assertThat(committed).allMatch(destination::hasAccepted);
    assertThat(destination.conflicts()).isEmpty();
    assertThat(cli.ok("status", "-o", "json").row())
        .containsEntry("waiting", 0)
        .containsEntry("rejected", 0)
        .containsEntry("delivered_last_hour", committed.size());
  }

  @Test
  void healthAndMetricsAreToldOnTheLoopback() throws Exception {
    cli.reading(Samples.line("john@example.com")).ok("import", "-");
    try (CliProcess relay = relay()) {
      destination.awaitAccepted(1, Duration.ofSeconds(60));
      Matcher url = Pattern.compile("(http://127\\.0\\.0\\.1:\\d+)").matcher(relay.err());
      assertThat(url.find()).isTrue();
      assertThat(get(url.group(1) + "/health"))
          .isEqualTo("200 {\"status\":\"UP\",\"reasons\":[]}\n");
      assertThat(get(url.group(1) + "/health/live")).startsWith("200 ");
      CliProcess.await(
          "the delivery is counted",
          () ->
              get(url.group(1) + "/metrics")
                  .contains("outbox_delivered_actions_total{workspace=\"default\"} 1.0"));
      assertThat(get(url.group(1) + "/none")).startsWith("404 ");
      cli.ok("pause");
      CliProcess.await(
          "the pause is told",
          () -> get(url.group(1) + "/health").startsWith("200 {\"status\":\"PAUSED\""));
      relay.terminate();
      assertThat(relay.awaitExit()).isZero();
    }
  }

  private static String get(String url) {
    try {
      HttpResponse<String> response =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30)).build(),
                  HttpResponse.BodyHandlers.ofString());
      return response.statusCode() + " " + response.body();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
