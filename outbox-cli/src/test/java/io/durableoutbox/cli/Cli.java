package io.durableoutbox.cli;

import io.durableoutbox.cli.shell.Shell;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The program in this process, with settings from the environment only. */
final class Cli {
  private final Map<String, String> environment = new TreeMap<>();
  private String in = "";
  private boolean terminal;
  private @Nullable PrintWriter out;

  /** What a run ended with. */
  record Result(int code, String out, String err) {
    /** Reads a result of {@code --output json}. */
    List<Map<String, Object>> rows() {
      @SuppressWarnings("unchecked") // What every command writes.
      List<Map<String, Object>> rows =
          (List<Map<String, Object>>) (List<?>) new JsonMapper().readValue(out, List.class);
      return rows;
    }

    Map<String, Object> row() {
      if (rows().size() != 1) {
        throw new AssertionError("not one row: " + this);
      }
      return rows().get(0);
    }
  }

  static Cli on(TestDatabase database) {
    return new Cli()
        .with("OUTBOX_JDBC_URL", database.jdbcUrl())
        .with("OUTBOX_JDBC_USER", database.user())
        .with("OUTBOX_JDBC_PASSWORD", database.password());
  }

  Cli with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  Cli with(SimulatedDestination destination) {
    return with("MOENGAGE_WORKSPACE_ID", destination.workspaceId())
        .with("MOENGAGE_API_KEY", destination.apiKey())
        .with("MOENGAGE_BASE_URL", destination.baseUrl());
  }

  /** Gives the next runs something to read. */
  Cli reading(String text) {
    in = text;
    return this;
  }

  /** Says whether a person is there. */
  Cli onTerminal(boolean value) {
    terminal = value;
    return this;
  }

  /** Gives the results of the next runs to somebody else. */
  Cli writing(PrintWriter to) {
    out = to;
    return this;
  }

  Map<String, String> environment() {
    return environment;
  }

  Result run(String... args) {
    StringWriter text = new StringWriter();
    StringWriter err = new StringWriter();
    Shell shell =
        new Shell(
            environment,
            new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
            terminal,
            terminal,
            terminal);
    PrintWriter to = out == null ? new PrintWriter(text) : out;
    int code = OutboxCli.run(shell, to, new PrintWriter(err), args);
    return new Result(code, text.toString(), err.toString());
  }

  /** Runs a command that must succeed. */
  Result ok(String... args) {
    Result result = run(args);
    if (result.code() != 0) {
      throw new AssertionError(String.join(" ", args) + " ended with " + result);
    }
    return result;
  }
}
