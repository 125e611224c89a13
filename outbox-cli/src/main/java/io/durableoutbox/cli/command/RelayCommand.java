package io.durableoutbox.cli.command;

import io.durableoutbox.MoEngage;
import io.durableoutbox.OutboxException;
import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.DestinationOptions;
import io.durableoutbox.cli.option.RelayOptions;
import io.durableoutbox.cli.option.RetentionOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.micrometer.OutboxMetrics;
import io.durableoutbox.relay.Relay;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The relay as a process of its own. */
@Command(
    name = "relay",
    header = "Sends what is in the outbox to MoEngage, until it is told to stop.",
    description = {
      "",
      "For services in any language that write by SQL (docs/sql-contract.md): as a side-car, a daemon,"
          + " or with --until-empty as a job. As many as you like may run on one outbox. SIGTERM and"
          + " Ctrl-C: it claims no more, waits for what is out, writes the outcomes, and ends with"
          + " 0, at the latest 3 s after --close-timeout. When it is killed, nothing is lost: another relay, or the next, takes over when the"
          + " lease has ended.",
      "",
      "Health is on http://127.0.0.1:8089/health (503 when it is down, 200 while it delivers or is"
          + " paused) and /health/live, metrics for Prometheus on /metrics.",
      "",
      "More workspaces than one: in the file of --config, workspace.NAME.id, .api-key or"
          + " .api-key-file, .data-center or .base-url, where NAME is what outbox.workspace has."
    },
    footer = {
      "",
      "Examples:",
      "  MOENGAGE_WORKSPACE_ID=… MOENGAGE_API_KEY_FILE=/run/secrets/key MOENGAGE_DATA_CENTER=01 \\",
      "    outbox-cli relay --lease 30s --bind 0.0.0.0 --port 8089",
      "  outbox-cli relay --until-empty"
    })
public final class RelayCommand implements Callable<Integer> {
  /** For the rest, when the relay has ended: connections say goodbye, no more. */
  private static final Duration TO_END = Duration.ofSeconds(3);

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Option(
      names = "--until-empty",
      order = 200,
      description =
          "End with 0 when nothing waits any more for its workspaces; with 5 when what waits can't"
              + " be sent, because a person paused it or MoEngage refuses the key. An outage is"
              + " waited for.")
  boolean untilEmpty;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      descriptionKey = "OUTBOX_BIND",
      defaultValue = "127.0.0.1",
      order = 201,
      description =
          "Where to listen for health and metrics; default ${DEFAULT-VALUE}, which only this machine"
              + " reaches. [OUTBOX_BIND]")
  String bind = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      descriptionKey = "OUTBOX_PORT",
      order = 202,
      description =
          "On which port, 0 for any that is free; default 8089, or any if that is taken."
              + " [OUTBOX_PORT]")
  @Nullable Integer port;

  @Option(names = "--no-http", order = 203, description = "Don't listen at all.")
  boolean noHttp;

  @Option(
      names = "--maintenance",
      descriptionKey = "OUTBOX_MAINTENANCE",
      order = 219,
      description =
          "Run the maintenance every hour as well: delete, redact, make partitions. Off unless"
              + " asked for, since it deletes. [OUTBOX_MAINTENANCE]")
  boolean maintenance;

  @Mixin final RetentionOptions retention = new RetentionOptions();
  @Mixin final RelayOptions relayOptions = new RelayOptions();
  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final DestinationOptions destination = new DestinationOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() throws InterruptedException {
    standard.setUpLogging(StandardOptions.LogLevel.info);
    List<MoEngage> destinations = destination.destinations();
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (Stop stop = new Stop(relayOptions.closeTimeout.plus(TO_END))) {
      Database db = stop.add(database.open(DriverTimeouts.RELAY));
      OutboxMetrics metrics = stop.add(OutboxMetrics.of(registry, db.outbox()));
      Relay relay =
          relayOptions
              .on(db.outbox().relay(destinations.toArray(MoEngage[]::new)))
              .listener(metrics)
              .build();
      if (!noHttp) {
        HealthServer http =
            stop.add(HealthServer.start(bind, port, relay::health, registry::scrape));
        spec.commandLine().getErr().println("Health and metrics on " + http.url());
        spec.commandLine().getErr().flush();
      }
      if (maintenance) {
        stop.add(retention.on(db.outbox().maintenance()).build()).start();
      }
      stop.add(relay).start();
      return untilEmpty
          ? untilEmpty(new Remaining(db.outbox(), destinations, relay.name()))
          : forever();
    }
  }

  /** Only a signal ends it, in {@link Stop}. */
  private static int forever() throws InterruptedException {
    new CountDownLatch(1).await();
    return ExitCode.OK;
  }

  private int untilEmpty(Remaining remaining) throws InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    while (true) {
      long began = System.nanoTime();
      try {
        Remaining.Look look = remaining.look();
        if (look.isEmpty()) {
          return ExitCode.OK;
        }
        if (look.isStuck()) {
          err.println("Error: " + look.words());
          return ExitCode.INCOMPLETE;
        }
      } catch (OutboxException e) {
        // The relay waits for the database, too.
        err.println("Warning: " + e.getMessage());
      }
      // Counting a large backlog shall take a tenth of the time at most.
      long took = System.nanoTime() - began;
      TimeUnit.NANOSECONDS.sleep(Math.max(Duration.ofMillis(200).toNanos(), 10 * took));
    }
  }
}
