package io.durableoutbox.benchmarks.speed;

import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures how fast it is and writes docs/benchmarks/speed-FAMILY-DATE.md.
 *
 * <p>Arguments: names of sections, all unless given; {@code --family postgresql|mariadb|h2}, {@code
 * --rounds N}, and {@code --quick} for small sizes, which show only that it works.
 */
public final class Speed {
  private static final List<Section> SECTIONS =
      List.of(
          new Write(),
          new Drain(),
          new Latencies(),
          new Backlog(),
          new Memory(),
          new Relays(),
          new Idle(),
          new PinnedHorizon(),
          new Peers(),
          new HotPaths());

  private Speed() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    List<String> names = new ArrayList<>(Arrays.asList(args));
    boolean quick = names.remove("--quick");
    int rounds = Integer.parseInt(option(names, "--rounds", quick ? "1" : "3"));
    Bench.Family family =
        Bench.Family.valueOf(option(names, "--family", "postgresql").toUpperCase(Locale.ROOT));
    Report report = new Report(quick ? Path.of("target") : Bench.reports(), fileName(family));
    for (String unknown : names) {
      if (SECTIONS.stream().noneMatch(section -> section.name().equals(unknown))) {
        throw new IllegalArgumentException("there is no section " + unknown);
      }
    }
    report.text(head(family, rounds));
    try (Bench bench = new Bench(family, report, rounds, quick)) {
      for (Section section : SECTIONS) {
        if (names.isEmpty() || names.contains(section.name())) {
          System.out.println("Measuring " + section.name());
          section.measure(bench);
          System.out.println("Written to " + report.write());
        }
      }
    }
  }

  private static String head(Bench.Family family, int rounds) {
    String server =
        switch (family) {
          case POSTGRESQL ->
              "PostgreSQL 18 of the tests, durable (`fsync` and `full_page_writes` on), `shared_buffers` 1 GB, `max_wal_size` 4 GB";
          case MARIADB ->
              "MariaDB 11.4 of the tests, durable (`innodb_flush_log_at_trx_commit` 1), buffer pool 1 GB, log 1 GB";
          case H2 -> "H2 in a file, in the process that measures";
        };
    return """
        # Speed on %s
        %s. %s; JDK %s, %d cores shared by all processes. Medians of %d rounds, in turn where there are sides, with the smallest and the
        largest. Only ratios within this report mean anything elsewhere. Every repetition: [samples.csv](%s/samples.csv).
        ```
        mvn -q -Pbench -pl benchmarks -am package -Dbench.main=speed.Speed -Dbench.args="--family %s"
        ```
        All features are on: validation, audit with the whole payload, requests and attempts, fencing, pauses, adaptive width.
        """
        .formatted(
            name(family),
            DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH)
                .format(LocalDate.now(ZoneOffset.UTC)),
            server,
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors(),
            rounds,
            fileName(family),
            family.name().toLowerCase(Locale.ROOT));
  }

  private static String name(Bench.Family family) {
    return switch (family) {
      case POSTGRESQL -> "PostgreSQL";
      case MARIADB -> "MariaDB";
      case H2 -> "H2";
    };
  }

  private static String fileName(Bench.Family family) {
    return "speed-" + family.name().toLowerCase(Locale.ROOT) + "-" + LocalDate.now(ZoneOffset.UTC);
  }

  private static String option(List<String> args, String name, String unlessGiven) {
    int at = args.indexOf(name);
    if (at < 0) {
      return unlessGiven;
    }
    args.remove(at);
    return args.remove(at);
  }
}
