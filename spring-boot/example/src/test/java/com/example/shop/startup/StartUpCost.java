package com.example.shop.startup;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

/**
 * What the library adds to a Spring Boot service with JPA: time to start, heap, threads and jars.
 * Starts the same application in JVMs of its own, with and without the library on the class path,
 * in turn, and prints medians.
 *
 * <p>Arguments: the file with the runtime class path, and how many runs of each (default 10).
 */
final class StartUpCost {
  /** What only the starter brings, by the names of the jars. */
  private static final Pattern OURS =
      Pattern.compile(
          "(outbox-|okhttp|okio|kotlin-|annotations-|jackson-|jooq-|r2dbc-|reactive-streams-|flyway-).*");

  private record Run(long millis, long heapKilobytes, long threads) {}

  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> with =
        Arrays.asList(Files.readString(Path.of(args[0])).strip().split(File.pathSeparator));
    int runs = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    List<String> without = with.stream().filter(jar -> !isOurs(jar)).toList();
    List<Run> plain = new ArrayList<>();
    List<Run> outbox = new ArrayList<>();
    // One of each is not counted: the files come from the disk.
    for (int i = 0; i <= runs; i++) {
      Run p = run(without);
      Run o = run(with);
      if (i > 0) {
        plain.add(p);
        outbox.add(o);
      }
    }
    System.out.printf("%-28s %10s %10s %10s%n", "median of " + runs, "without", "with", "added");
    row("start, ms", plain, outbox, Run::millis);
    row("heap after GC, kB", plain, outbox, Run::heapKilobytes);
    row("threads", plain, outbox, Run::threads);
    List<String> added = with.stream().filter(StartUpCost::isOurs).toList();
    long bytes = 0;
    for (String jar : added) {
      bytes += size(Path.of(jar));
    }
    System.out.printf(
        Locale.ROOT,
        "jars added: %d, %.1f MB: %s%n",
        added.size(),
        bytes / 1e6,
        added.stream().map(jar -> Path.of(jar).getFileName().toString()).sorted().toList());
  }

  private static boolean isOurs(String jar) {
    Path path = Path.of(jar);
    // In the reactor a module may be its target/classes.
    return OURS.matcher(path.getFileName().toString()).matches()
        || (path.endsWith("target/classes") && !path.toString().contains("example"));
  }

  private static long size(Path jar) throws IOException {
    if (Files.isRegularFile(jar)) {
      return Files.size(jar);
    }
    try (var files = Files.walk(jar)) {
      return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    }
  }

  private static void row(
      String name, List<Run> without, List<Run> with, ToLongFunction<Run> figure) {
    long p = median(without, figure);
    long o = median(with, figure);
    System.out.printf("%-28s %10d %10d %10d%n", name, p, o, o - p);
  }

  private static long median(List<Run> runs, ToLongFunction<Run> figure) {
    long[] sorted = runs.stream().mapToLong(figure).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static Run run(List<String> classPath) throws IOException, InterruptedException {
    List<String> entries = new ArrayList<>(classPath);
    entries.add(Path.of("target", "test-classes").toAbsolutePath().toString());
    entries.add(Path.of("target", "classes").toAbsolutePath().toString());
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-classpath",
                String.join(File.pathSeparator, entries),
                PlainShop.class.getName())
            .redirectErrorStream(true)
            .start();
    StringBuilder output = new StringBuilder();
    Run run = null;
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.append(line).append('\n');
        if (line.startsWith(PlainShop.FIGURES)) {
          String[] figures = line.substring(PlainShop.FIGURES.length()).split(" ", -1);
          run =
              new Run(
                  Long.parseLong(figures[0]),
                  Long.parseLong(figures[1]),
                  Long.parseLong(figures[2]));
        }
      }
    }
    if (process.waitFor() != 0 || run == null) {
      throw new IllegalStateException("the application did not start:\n" + output);
    }
    return run;
  }

  private StartUpCost() {}
}
