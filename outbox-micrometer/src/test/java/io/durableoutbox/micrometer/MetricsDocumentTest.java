package io.durableoutbox.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/metrics.md} against the meters that a relay's real run registers. */
class MetricsDocumentTest {
  private final RelayRun run = RelayRun.once();
  private final String document = read();

  private static String read() {
    try {
      return Files.readString(Path.of("..", "docs", "metrics.md"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A row of a table: name, type, unit, tags and the name in Prometheus. */
  private record Row(String name, String type, String unit, Set<String> tags, String prometheus) {
    static Row parse(String line) {
      String[] cells = line.split("\\|", -1);
      Set<String> tags = new TreeSet<>();
      for (String tag : cells[4].split(",", -1)) {
        if (!tag.isBlank()) {
          tags.add(bare(tag));
        }
      }
      return new Row(bare(cells[1]), bare(cells[2]), bare(cells[3]), tags, bare(cells[6]));
    }

    private static String bare(String cell) {
      return cell.replace("`", "").trim();
    }
  }

  private List<Row> rows() {
    return document.lines().filter(l -> l.startsWith("| `outbox.")).map(Row::parse).toList();
  }

  private static Row row(Meter.Id id, Set<String> tags) {
    String type =
        switch (id.getType()) {
          case COUNTER -> "counter";
          case TIMER -> "timer";
          case DISTRIBUTION_SUMMARY -> "summary";
          case GAUGE -> "gauge";
          default -> throw new AssertionError(id);
        };
    String unit = id.getBaseUnit() == null ? "" : id.getBaseUnit();
    String prometheus =
        new PrometheusNamingConvention().name(id.getName(), id.getType(), id.getBaseUnit());
    String suffix = type.equals("counter") ? "_total" : "";
    return new Row(id.getName(), type, unit, tags, prometheus + suffix);
  }

  @Test
  void theTablesHaveEveryMeterWithItsTypeUnitTagsAndNameAndNoOther() {
    MeterRegistry registry = run.registry;
    TreeMap<String, Row> real = new TreeMap<>();
    for (Meter meter : registry.getMeters()) {
      Set<String> tags =
          meter.getId().getTags().stream()
              .map(Tag::getKey)
              .collect(Collectors.toCollection(TreeSet::new));
      real.put(meter.getId().getName(), row(meter.getId(), tags));
    }
    assertThat(rows()).containsExactlyInAnyOrderElementsOf(real.values());
  }

  @Test
  void theNamesInPrometheusAreThoseOfAScrape() {
    Set<String> stems = new LinkedHashSet<>();
    for (String name : Scrape.parse(run.registry.scrape()).series().keySet()) {
      stems.add(name.replaceFirst("_(count|sum|max)$", ""));
    }
    assertThat(rows().stream().map(Row::prometheus)).containsExactlyInAnyOrderElementsOf(stems);
  }

  @Test
  void theValuesOfTagsAreTold() {
    for (String tag : List.of("outcome", "found", "cause", "step")) {
      Set<String> values =
          run.registry.getMeters().stream()
              .map(meter -> meter.getId().getTag(tag))
              .filter(value -> value != null)
              .collect(Collectors.toSet());
      String told =
          document.lines().filter(l -> l.contains("`" + tag + "`: ")).findFirst().orElseThrow();
      assertThat(Arrays.asList(told.split("`" + tag + "`: ", 2)[1].split("\\.", 2)[0].split(", ")))
          .containsExactlyInAnyOrderElementsOf(values);
    }
  }

  @Test
  void theExampleIsTheApi() {
    assertThat(document)
        .contains("OutboxMetrics.of(registry, outbox)")
        .contains("OutboxMetrics.builder().outbox(outbox).build()")
        .contains(".listener(metrics)");
  }
}
