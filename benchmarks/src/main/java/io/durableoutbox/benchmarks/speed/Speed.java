package io.durableoutbox.benchmarks.speed;

import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures how fast it is and writes docs/benchmarks/speed-DATE.md.
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
    String name =
        (quick ? "quick-" : "speed-")
            + family.name().toLowerCase(Locale.ROOT)
            + "-"
            + LocalDate.now(ZoneOffset.UTC);
    Report report = new Report(quick ? Path.of("target") : Bench.reports(), name);
    for (String unknown : names) {
      if (SECTIONS.stream().noneMatch(section -> section.name().equals(unknown))) {
        throw new IllegalArgumentException("there is no section " + unknown);
      }
    }
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

  private static String option(List<String> args, String name, String unlessGiven) {
    int at = args.indexOf(name);
    if (at < 0) {
      return unlessGiven;
    }
    args.remove(at);
    return args.remove(at);
  }
}
