package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Whether the contracts notice a change of a statement: applies each of {@code
 * statement-mutants.txt} alone and runs the contracts that it names, in a JVM of its own, on
 * PostgreSQL, MariaDB or both. Prints what each noticed, and ends with 1 if a change was not.
 *
 * <p>Its first argument, if any, is a part of the titles of those to run.
 */
public final class StatementMutants {
  private static final Path SOURCES = Path.of("src/main/java/io/durableoutbox/jdbc/internal");
  private static final Path LIST = Path.of("src/test/resources/statement-mutants.txt");
  private static final int AT_ONCE = 2;
  private static final int LONGEST_SECONDS = 240;

  private StatementMutants() {}

  /** A family's servers, and the beginning of its tests' names. */
  private record Family(String name, String tests, Map<String, String> environment) {}

  /** A change; {@code family} is the only one that it concerns, or null. */
  private record Mutant(
      String file,
      String title,
      List<String> contracts,
      @Nullable String family,
      String before,
      String after) {

    boolean concerns(Family one) {
      if (family != null) {
        return family.equals(one.name);
      }
      boolean postgres = file.startsWith("Postgres") || file.startsWith("Partition");
      boolean mysql = file.startsWith("MySql");
      return one.name.equals("postgresql") ? !mysql : !postgres;
    }

    private Path path() throws IOException {
      try (Stream<Path> files = Files.walk(SOURCES)) {
        return files.filter(f -> f.endsWith(file + ".java")).findFirst().orElseThrow();
      }
    }

    String source() throws IOException {
      String source = Files.readString(path());
      int at = source.indexOf(before);
      if (at < 0 || source.indexOf(before, at + 1) >= 0) {
        throw new IllegalStateException(file + " has this not exactly once: " + before);
      }
      return source.substring(0, at) + after + source.substring(at + before.length());
    }
  }

  /** Runs them; see the class. */
  public static void main(String[] args) throws Exception {
    String part = args.length == 0 ? "" : args[0];
    List<Mutant> mutants = read().stream().filter(m -> m.title.contains(part)).toList();
    boolean all = true;
    try (TestDatabase postgres = TestDatabase.postgres();
        TestDatabase mariadb = TestDatabase.mariadb()) {
      List<Family> families =
          List.of(
              new Family("postgresql", "Postgres", environment("POSTGRES", postgres)),
              new Family("mariadb", "MariaDb", environment("MARIADB", mariadb)));
      ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE);
      List<Future<String>> results = new ArrayList<>();
      for (Mutant mutant : mutants) {
        for (Family family : families) {
          if (mutant.concerns(family)) {
            Callable<String> run = () -> run(mutant, family);
            results.add(workers.submit(run));
          }
        }
      }
      for (Future<String> result : results) {
        String line = result.get();
        all &= !line.contains("NOT NOTICED");
        System.out.println(line);
      }
      workers.shutdown();
    }
    System.out.println(all ? "all are noticed" : "NOT all are noticed");
    System.exit(all ? 0 : 1);
  }

  private static Map<String, String> environment(String name, TestDatabase database) {
    return Map.of(
        "OUTBOX_TEST_" + name + "_URL", database.jdbcUrl(),
        "OUTBOX_TEST_" + name + "_USER", database.user(),
        "OUTBOX_TEST_" + name + "_PASSWORD", database.password());
  }

  private static List<Mutant> read() throws IOException {
    List<Mutant> mutants = new ArrayList<>();
    String title = null;
    StringBuilder before = new StringBuilder();
    StringBuilder after = new StringBuilder();
    List<String> lines = new ArrayList<>(Files.readAllLines(LIST));
    lines.add("@");
    for (String line : lines) {
      if (line.startsWith("@")) {
        if (title != null) {
          mutants.add(mutant(title, before.toString(), after.toString()));
        }
        title = line.substring(1).strip();
        before.setLength(0);
        after.setLength(0);
      } else if (line.startsWith("- ")) {
        before.append(before.isEmpty() ? "" : "\n").append(line.substring(2));
      } else if (line.startsWith("+ ")) {
        after.append(after.isEmpty() ? "" : "\n").append(line.substring(2));
      }
    }
    return mutants;
  }

  private static Mutant mutant(String header, String before, String after) {
    String[] parts = header.split(" \\| ", -1);
    return new Mutant(
        parts[0],
        parts[1],
        List.of(parts[2].split(", ", -1)),
        parts.length > 3 ? parts[3] : null,
        // The list indents as a text block's text is indented in the source, or less.
        before.stripLeading(),
        after.stripLeading());
  }

  private static String run(Mutant mutant, Family family) throws Exception {
    Path folder = Files.createTempDirectory("outbox-mutant");
    try {
      compile(mutant, folder);
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"));
      command.addAll(List.of("-Duser.language=en", "-Duser.country=US", "-cp"));
      command.add(folder + ":" + System.getProperty("java.class.path"));
      command.add(Contracts.class.getName());
      for (String contract : mutant.contracts) {
        String name = family.tests + contract + "Test";
        for (String tests : List.of("io.durableoutbox.jdbc.", "io.durableoutbox.jdbc.internal.")) {
          if (Files.exists(Path.of("src/test/java", (tests + name).replace('.', '/') + ".java"))) {
            command.add(tests + name);
          }
        }
      }
      Path said = folder.resolve("said.txt");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.to(said.toFile()));
      builder.environment().putAll(family.environment);
      Process process = builder.start();
      boolean ended = process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      return mutant.title + " (" + family.name + "): " + verdict(ended, process, said);
    } finally {
      delete(folder);
    }
  }

  private static String verdict(boolean ended, Process process, Path said) throws IOException {
    if (!ended) {
      return "noticed, it hangs";
    }
    return switch (process.exitValue()) {
      case 0 -> "NOT NOTICED by " + last(said);
      case 1 -> "noticed by " + last(said);
      default -> throw new IllegalStateException("the tests did not run: " + last(said));
    };
  }

  private static String last(Path said) throws IOException {
    List<String> lines = Files.readAllLines(said);
    return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
  }

  /** Compiles the whole package, since javac copies constants into the classes that use them. */
  private static boolean isClass(Path file) {
    return file.toString().endsWith(".java") && !file.endsWith("package-info.java");
  }

  private static void compile(Mutant mutant, Path folder) throws IOException {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    StringWriter output = new StringWriter();
    try (StandardJavaFileManager manager =
            compiler.getStandardFileManager(null, Locale.ROOT, null);
        Stream<Path> files = Files.walk(SOURCES)) {
      manager.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(folder));
      List<JavaFileObject> sources = new ArrayList<>();
      for (Path file : files.filter(StatementMutants::isClass).toList()) {
        boolean changed = file.endsWith(mutant.file + ".java");
        sources.add(
            new Source(
                file.getFileName().toString(), changed ? mutant.source() : Files.readString(file)));
      }
      List<String> options =
          List.of("-proc:none", "-nowarn", "-cp", System.getProperty("java.class.path"));
      if (!compiler.getTask(output, manager, null, options, null, sources).call()) {
        throw new IllegalStateException("can't compile " + mutant.title + ": " + output);
      }
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    private Source(String name, String text) {
      super(URI.create("mutant:///io/durableoutbox/jdbc/internal/" + name), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Runs test classes, and ends with 1 and its name at the first test that fails. */
  public static final class Contracts {
    private Contracts() {}

    /** Takes the names of the classes. */
    public static void main(String[] classes) {
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request()
              .selectors(Stream.of(classes).map(DiscoverySelectors::selectClass).toList())
              .configurationParameter("junit.jupiter.execution.timeout.default", "60 s")
              .configurationParameter(
                  "junit.jupiter.execution.timeout.thread.mode.default", "SEPARATE_THREAD")
              .build();
      FirstFailure listener = new FirstFailure();
      LauncherFactory.create().execute(request, listener);
      System.out.println(listener.succeeded + " tests of " + List.of(classes));
      Runtime.getRuntime().halt(listener.succeeded > 0 ? 0 : 2);
    }
  }

  private static final class FirstFailure implements TestExecutionListener {
    private int succeeded;

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (result.getStatus() == TestExecutionResult.Status.FAILED) {
        System.out.println(test.getLegacyReportingName());
        Runtime.getRuntime().halt(1);
      }
      succeeded += test.isTest() ? 1 : 0;
    }
  }
}
