package io.durableoutbox.cli.command;

import io.durableoutbox.cli.data.Actions;
import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.FilterOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.AuditedAttempt;
import io.durableoutbox.jdbc.Outbox;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks actions up. */
@Command(
    name = "find",
    header = "Finds actions wherever they stand.",
    description = {
      "",
      "By the UUID, the customer, the server's req_id, and more; what is given must all be so. First"
          + " what waits, then what was rejected, then what was delivered. Ends with 4 if nothing"
          + " was found.",
      "",
      "Result: rows of the view outbox_audit, by the names of its columns; they hold personal data."
          + " With --attempts, rows of outbox_audit_attempt."
    },
    footer = {
      "",
      "Examples:",
      "  outbox-cli find --uuid aa886712-4537-47c1-b126-2686efda2e26",
      "  outbox-cli find --req-id SKuSLFnX --output json",
      "  outbox-cli find --customer john@example.com --state delivered --from 2026-11-01"
    })
public final class FindCommand implements Callable<Integer> {
  private static final List<String> SHOWN =
      List.of(
          "workspace",
          "event_uuid",
          "customer_id",
          "state",
          "attempts",
          "req_id",
          "created_at",
          "sent_at",
          "last_error");
  private static final List<String> ATTEMPT_COLUMNS =
      List.of(
          "event_uuid",
          "request_id",
          "started_at",
          "duration_ms",
          "workspace",
          "relay",
          "status",
          "outcome",
          "req_id",
          "message");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Mixin final FilterOptions filter = new FilterOptions();

  @Option(
      names = "--req-id",
      paramLabel = "ID",
      order = 202,
      description = "The req_id with which the server accepted the request.")
  @Nullable String reqId;

  @Option(
      names = "--request-id",
      paramLabel = "UUID",
      order = 202,
      description = "The request that decided them, outbox_request.id.")
  @Nullable UUID requestId;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      split = ",",
      order = 203,
      description = "Only those in this state, or these with commas: ${COMPLETION-CANDIDATES}")
  Set<State> states = new LinkedHashSet<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      order = 207,
      description = "At most so many; default ${DEFAULT-VALUE}.")
  long limit = 1_000;

  @Option(
      names = "--attempts",
      order = 208,
      description = "Show every attempt to deliver them instead.")
  boolean attempts;

  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  /** States by their names in SQL. */
  enum State {
    pending,
    claimed,
    retrying,
    delivered,
    rejected,
    cancelled
  }

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    ActionFilter wanted = wanted();
    if (limit < 1) {
      throw CliException.usage("--limit must be at least 1");
    }
    try (Database db = database.open(DriverTimeouts.QUESTION)) {
      Outbox outbox = db.outbox();
      long[] found = new long[1];
      boolean more;
      try (Rows rows =
          attempts
              ? output.rows(ATTEMPT_COLUMNS, ATTEMPT_COLUMNS)
              : output.rows(Actions.COLUMNS, SHOWN)) {
        more =
            Actions.each(
                outbox.audit(),
                wanted,
                limit,
                action -> {
                  found[0]++;
                  if (attempts) {
                    outbox.audit().attempts(action.eventUuid()).forEach(a -> rows.row(row(a)));
                  } else {
                    rows.row(Actions.row(action));
                  }
                });
      }
      if (found[0] == 0) {
        spec.commandLine().getErr().println("No action was found.");
        return ExitCode.NOT_FOUND;
      }
      if (more) {
        spec.commandLine()
            .getErr()
            .println("There may be more than " + limit + "; raise --limit or narrow the question.");
      }
      return ExitCode.OK;
    }
  }

  private ActionFilter wanted() {
    ActionFilter wanted = filter.filter();
    if (reqId != null) {
      wanted = wanted.reqId(reqId);
    }
    if (requestId != null) {
      wanted = wanted.requestId(requestId);
    }
    if (!states.isEmpty()) {
      ActionState[] all =
          states.stream()
              .map(s -> ActionState.valueOf(s.name().toUpperCase(Locale.ROOT)))
              .toArray(ActionState[]::new);
      wanted = wanted.states(all[0], all);
    }
    if (wanted.isEmpty()) {
      throw CliException.usage(
          "find what? Give --uuid, --customer, --req-id, --request-id, --workspace, --state,"
              + " --reason-contains, --from or --to");
    }
    return wanted;
  }

  private static Map<String, @Nullable Object> row(AuditedAttempt attempt) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("event_uuid", attempt.eventUuid());
    row.put("request_id", attempt.requestId());
    row.put("started_at", attempt.startedAt());
    row.put("duration_ms", attempt.duration() == null ? null : attempt.duration().toMillis());
    row.put("workspace", attempt.workspace());
    row.put("relay", attempt.relay());
    row.put("status", attempt.status());
    row.put("outcome", attempt.outcome());
    row.put("req_id", attempt.reqId());
    row.put("message", attempt.message());
    return row;
  }
}
