package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.hot.HotDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** What each hot path takes and allocates alone, by JMH in JVMs of its own. */
final class HotPaths implements Section {
  private static final String SIDE = "library";
  private static final String TIME = ", µs an action";
  private static final String BYTES = ", bytes allocated an action";

  // As an action meets them.
  private static final List<String> ORDER =
      List.of(
          "makeFromJson", "makeFromMap", "addOne", "addHundred", "claim", "pack", "body", "settle");

  @Override
  public String name() {
    return "hot-paths";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    if (bench.family() != Bench.Family.POSTGRESQL) {
      return;
    }
    Path json = Files.createTempFile("jmh", ".json");
    List<RunResult> results;
    try (Database database = bench.database("hot_paths")) {
      results = run(bench, database, json);
    }
    Report report = bench.report();
    report.heading("Hot paths");
    report.text(
        """
        Each alone, on one thread, by JMH: time and bytes allocated, for one action. `make` builds and checks an
        action; `pack` folds a claim of 1,000 into requests; `body` writes a request of 100 users as JSON. `add` (which
        makes its actions first), `claim` of 1,000 and `settle` of 1,000 delivered in ten requests have PostgreSQL's work
        and the round trip in their time; `claim` and `settle` commit, `add` is inside the caller's transaction.
        """);
    report.table(
        List.of(
            "operation",
            "µs an action, median (range)",
            "mean, and 99.9 % interval",
            "bytes allocated an action"),
        results.stream().map(result -> row(bench.samples(), result)).toList());
    List<String> labels = results.stream().map(HotPaths::label).toList();
    report.plot(
        "hot-paths.svg",
        "Allocation",
        Plots.bars(
            "Allocation of the hot paths",
            "bytes an action",
            labels,
            Map.of(
                SIDE,
                labels.stream()
                    .mapToDouble(label -> bench.samples().median(label + BYTES, SIDE))
                    .toArray())));
    report.text(
        "Raw: [jmh.json](" + report.file("jmh.json", elsewhere(Files.readString(json))) + ").");
    Files.delete(json);
  }

  private static List<RunResult> run(Bench bench, Database database, Path json) throws Exception {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^io\\.durableoutbox\\.")
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend("-Xms1g", "-Xmx1g", "-D" + HotDatabase.URL + "=" + database.jdbcUrl)
            .shouldFailOnError(true)
            .resultFormat(ResultFormatType.JSON)
            .result(json.toString());
    boolean quick = bench.size(0, 1) == 1;
    if (quick) {
      // Else each benchmark's annotations say how long.
      options
          .warmupIterations(1)
          .warmupTime(TimeValue.milliseconds(200))
          .measurementIterations(1)
          .measurementTime(TimeValue.milliseconds(200));
    }
    List<RunResult> results = new ArrayList<>(new Runner(options.build()).run());
    results.sort(Comparator.comparingInt(result -> ORDER.indexOf(method(result))));
    return results;
  }

  private static List<String> row(Samples samples, RunResult result) {
    String label = label(result);
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      for (IterationResult iteration : fork.getIterationResults()) {
        samples.add(label + TIME, SIDE, iteration.getPrimaryResult().getScore());
        samples.add(label + BYTES, SIDE, bytes(iteration));
      }
    }
    Result<?> time = result.getPrimaryResult();
    double error = time.getScoreError();
    return List.of(
        label,
        samples.range(label + TIME, SIDE),
        Samples.number(time.getScore())
            + (Double.isNaN(error) ? "" : " ± " + Samples.number(error)),
        Samples.number(samples.median(label + BYTES, SIDE)));
  }

  private static double bytes(IterationResult iteration) {
    return Objects.requireNonNull(iteration.getSecondaryResults().get("gc.alloc.rate.norm"))
        .getScore();
  }

  private static String label(RunResult result) {
    BenchmarkParams params = result.getParams();
    StringBuilder label = new StringBuilder();
    for (String word : method(result).split("(?=[A-Z])", -1)) {
      label.append(label.isEmpty() ? "" : " ").append(word.toLowerCase(Locale.ROOT));
    }
    for (String key : params.getParamsKeys()) {
      label.append(", ").append(params.getParam(key)).append(' ').append(key);
    }
    return label.toString();
  }

  private static String method(RunResult result) {
    String name = result.getParams().getBenchmark();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Leaves out where it was measured, which says nothing to others. */
  private static String elsewhere(String json) {
    return json.replaceAll("(\"(?:jvm|url)\" : )\"[^\"]*\"", "$1\"\"");
  }
}
