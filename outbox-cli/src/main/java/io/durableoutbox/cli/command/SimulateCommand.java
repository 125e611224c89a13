package io.durableoutbox.cli.command;

import io.durableoutbox.cli.option.CliContext;
import io.durableoutbox.cli.option.Converters;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The simulated destination. */
@Command(
    name = "simulate",
    header = "Runs a simulated MoEngage on this machine, until it is told to stop.",
    description = {
      "",
      "Answers POST /v1/experiences/events as the API does, checks what it is sent, and remembers"
          + " UUIDs. It listens on the loopback only. Expects the workspace id and the key that the"
          + " relay's variables have, or TEST_WORKSPACE and TEST_KEY. SIGTERM and Ctrl-C end it with"
          + " 0, and it prints what it received."
    },
    footer = {
      "",
      "Example:",
      "  outbox-cli simulate --port 8080 --refuse-customer bad@example.com",
      "  MOENGAGE_BASE_URL=http://127.0.0.1:8080 MOENGAGE_WORKSPACE_ID=TEST_WORKSPACE \\",
      "    MOENGAGE_API_KEY=TEST_KEY outbox-cli relay"
    })
public final class SimulateCommand implements Callable<Integer> {
  private static final String API_KEY = "MOENGAGE_API_KEY";

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      order = 200,
      description = "Where to listen, 0 for any port that is free; default ${DEFAULT-VALUE}.")
  int port = 8080;

  @Option(
      names = "--workspace-id",
      paramLabel = "ID",
      descriptionKey = "MOENGAGE_WORKSPACE_ID",
      defaultValue = SimulatedDestination.DEFAULT_WORKSPACE_ID,
      order = 201,
      description = "The workspace id to expect; default ${DEFAULT-VALUE}. [MOENGAGE_WORKSPACE_ID]")
  String workspaceId = SimulatedDestination.DEFAULT_WORKSPACE_ID;

  @Option(
      names = "--api-key",
      interactive = true,
      arity = "0",
      prompt = "API key to expect: ",
      descriptionKey = API_KEY,
      order = 202,
      description = "Ask for the key to expect; default TEST_KEY. [MOENGAGE_API_KEY]")
  @Nullable String apiKey;

  @Option(
      names = "--latency",
      paramLabel = "DURATION",
      defaultValue = "0ms",
      order = 203,
      converter = Converters.OfDuration.class,
      description = "Answer after so long; default ${DEFAULT-VALUE}.")
  Duration latency = Duration.ZERO;

  @Option(
      names = "--refuse-customer",
      paramLabel = "ID",
      order = 204,
      description = "Refuse requests with this customer_id by a 400; may be given several times.")
  Set<String> refusedCustomers = new LinkedHashSet<>();

  @Option(
      names = "--refuse-uuid",
      paramLabel = "UUID",
      order = 205,
      description = "Refuse requests with this moe_event_uuid; may be given several times.")
  Set<UUID> refusedUuids = new LinkedHashSet<>();

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      order = 206,
      description =
          "Answer every request with this HTTP status and accept nothing, like 400, 401, 429 or 503.")
  @Nullable Integer status;

  @Option(
      names = "--no-keep",
      order = 207,
      description = "Keep UUIDs and counts only, for many actions.")
  boolean noKeep;

  @Option(
      names = "--stats",
      order = 208,
      description = "Print the counts every 10 seconds, not only at the end.")
  boolean stats;

  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() throws InterruptedException {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    if (status != null && (status < 400 || status > 599)) {
      throw CliException.usage("--status must be from 400 to 599");
    }
    PrintWriter out = spec.commandLine().getOut();
    SimulatedDestination destination = start();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  print(destination, out);
                  Runtime.getRuntime().halt(ExitCode.OK);
                }));
    out.println("Simulated destination on " + destination.baseUrl());
    out.flush();
    CountDownLatch never = new CountDownLatch(1);
    while (!never.await(10, TimeUnit.SECONDS)) {
      if (stats) {
        print(destination, out);
      }
    }
    return ExitCode.OK;
  }

  private SimulatedDestination start() {
    String key =
        apiKey != null
            ? apiKey
            : CliContext.of(spec)
                .settings()
                .secret(API_KEY)
                .map(secret -> secret.read(API_KEY))
                .orElse(SimulatedDestination.DEFAULT_API_KEY);
    SimulatedDestination destination;
    try {
      destination =
          SimulatedDestination.builder()
              .port(port)
              .workspaceId(workspaceId)
              .apiKey(key)
              .keepPayloads(!noKeep)
              .start();
    } catch (UncheckedIOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "port " + port + " can't be opened; give another --port, 0 for any that is free",
          e);
    }
    destination.latency(latency);
    refusedCustomers.forEach(destination::refuseCustomer);
    refusedUuids.forEach(destination::refuseEvent);
    if (status != null) {
      // In the API's own shape, so that a 400 is its refusal and not a gateway's answer.
      destination.always(
          Fault.status(
              status, "{\"title\":\"Simulated\",\"description\":\"Status " + status + "\"}"));
    }
    return destination;
  }

  private static void print(SimulatedDestination destination, PrintWriter out) {
    out.printf(
        "%d requests, %d actions accepted, %d repeats, %d conflicts%n",
        destination.requestCount(),
        destination.acceptedCount(),
        destination.duplicates(),
        destination.conflicts().size());
    out.flush();
  }
}
