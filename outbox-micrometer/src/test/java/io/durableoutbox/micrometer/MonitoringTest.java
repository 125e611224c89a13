package io.durableoutbox.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The dashboard and the alert rules name what a relay's real run leaves in Prometheus. */
class MonitoringTest {
  private static final Path MONITORING = Path.of("..", "monitoring");
  private static final Pattern TEMPLATE_LABEL = Pattern.compile("\\$labels\\.([a-z_]+)");
  private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{\\s*([a-z_]+)\\s*}}");

  private final Scrape scrape = Scrape.parse(RelayRun.once().registry.scrape());

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> all = new ArrayList<>();
    array.forEach(all::add);
    return all;
  }

  private static List<JsonNode> rules() {
    JsonNode file = new YAMLMapper().readTree(MONITORING.resolve("prometheus-alerts.yml").toFile());
    return list(file.get("groups")).stream()
        .flatMap(group -> list(group.get("rules")).stream())
        .toList();
  }

  private static JsonNode dashboard() {
    return new ObjectMapper().readTree(MONITORING.resolve("grafana-outbox.json").toFile());
  }

  private static List<JsonNode> targets() {
    return list(dashboard().get("panels")).stream()
        .filter(panel -> panel.has("targets"))
        .flatMap(panel -> list(panel.get("targets")).stream())
        .toList();
  }

  private static Set<String> labels(Pattern pattern, String text) {
    Set<String> labels = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      labels.add(matcher.group(1));
    }
    return labels;
  }

  // Alerts

  @Test
  void alertsNameMetricsLabelsAndValuesThatExist() {
    assertThat(rules()).hasSizeGreaterThan(8);
    for (JsonNode rule : rules()) {
      assertThat(Query.problems(rule.get("expr").asString(), scrape))
          .as(rule.get("alert").asString())
          .isEmpty();
    }
  }

  @Test
  void alertsSpeakOnlyOfLabelsThatTheirExpressionLeaves() {
    for (JsonNode rule : rules()) {
      JsonNode annotations = rule.get("annotations");
      String text =
          annotations.get("summary").asString() + annotations.get("description").asString();
      assertThat(Query.groupings(rule.get("expr").asString()))
          .as(rule.get("alert").asString())
          .containsAll(labels(TEMPLATE_LABEL, text));
    }
  }

  @Test
  void alertsSayHowBadItIsWhatToDoAndWhereToReadOn() throws IOException {
    String document = Files.readString(Path.of("..", "docs", "metrics.md"));
    Set<String> names = new HashSet<>();
    for (JsonNode rule : rules()) {
      String name = rule.get("alert").asString();
      JsonNode annotations = rule.get("annotations");
      assertThat(names.add(name)).as("%s is there once", name).isTrue();
      assertThat(rule.get("labels").get("severity").asString()).isIn("critical", "warning");
      assertThat(annotations.get("summary").asString()).as(name).hasSizeBetween(10, 120);
      assertThat(annotations.get("description").asString()).as(name).hasSizeGreaterThan(60);
      assertThat(annotations.get("runbook").asString())
          .isEqualTo("docs/metrics.md#" + name.toLowerCase(Locale.ROOT));
      assertThat(document).contains("\n### " + name + "\n");
    }
  }

  // The dashboard

  @Test
  void panelsNameMetricsAndLabelsThatExist() {
    assertThat(targets()).hasSizeGreaterThan(20);
    for (JsonNode target : targets()) {
      String expression = target.get("expr").asString();
      assertThat(Query.problems(expression, scrape)).as(expression).isEmpty();
      assertThat(Query.groupings(expression))
          .as(expression)
          .containsAll(labels(LEGEND_LABEL, target.get("legendFormat").asString()));
    }
  }

  @Test
  void theDashboardsVariablesAreThoseThatItUses() {
    Set<String> variables = new TreeSet<>();
    for (JsonNode variable : list(dashboard().get("templating").get("list"))) {
      variables.add(variable.get("name").asString());
      if (variable.has("definition")) {
        String query = variable.get("definition").asString();
        assertThat(Query.problems(query, scrape)).isEmpty();
        assertThat(query).matches("label_values\\([a-z_]+, workspace\\)");
      }
    }
    assertThat(variables).containsExactlyInAnyOrder("datasource", "workspace");
    assertThat(labels(Pattern.compile("\\$([a-z]+)"), targets().toString()))
        .containsOnly("workspace");
  }

  @Test
  void panelsHaveATitleADescriptionAndAPlaceOfTheirOwn() {
    Set<Integer> ids = new HashSet<>();
    Set<String> cells = new HashSet<>();
    for (JsonNode panel : list(dashboard().get("panels"))) {
      String title = panel.get("title").asString();
      assertThat(title).isNotBlank();
      assertThat(ids.add(panel.get("id").asInt())).as(title).isTrue();
      if (!panel.get("type").asString().equals("row")) {
        assertThat(panel.get("description").asString()).as(title).isNotBlank();
      }
      JsonNode place = panel.get("gridPos");
      int right = place.get("x").asInt() + place.get("w").asInt();
      assertThat(right).as(title).isLessThanOrEqualTo(24);
      for (int x = place.get("x").asInt(); x < right; x++) {
        for (int y = 0; y < place.get("h").asInt(); y++) {
          assertThat(cells.add(x + "," + (y + place.get("y").asInt()))).as(title).isTrue();
        }
      }
    }
  }

  // That the tests would notice

  @Test
  void whatDoesNotExistIsFound() {
    assertThat(Query.problems("sum(rate(outbox_delivered_total[5m]))", scrape))
        .containsExactly("no metric outbox_delivered_total");
    assertThat(Query.problems("sum by (relay) (outbox_waiting_actions)", scrape))
        .containsExactly("nothing in it has a label relay");
    assertThat(Query.problems("outbox_requests_seconds_count{outcome=\"lost\"}", scrape))
        .containsExactly("outbox_requests_seconds_count has no outcome lost");
    assertThat(Query.problems("outbox_fenced_actions_total{workspace=~\"a\"}", scrape))
        .containsExactly("outbox_fenced_actions_total has no label workspace");
    assertThat(Query.problems("summ(outbox_paused)", scrape))
        .containsExactly("an unknown function summ");
  }
}
