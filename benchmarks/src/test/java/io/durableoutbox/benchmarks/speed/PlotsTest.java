package io.durableoutbox.benchmarks.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

class PlotsTest {
  private static final List<String> GROUPS = List.of("0 ms", "50 ms");

  @Test
  void barsNameTheirSidesAndGroupsAndTellTheirValues() throws Exception {
    String svg = bars();

    assertThat(text(svg))
        .contains("Drain", "actions/s", "relay", "baseline", "0 ms", "50 ms", "45,100", "1.25");
  }

  @Test
  void linesNameTheirAxesAndSeries() throws Exception {
    String svg =
        Plots.lines(
            "Rate & backlog",
            "seconds",
            "actions/s",
            Map.of("relay", List.of(new double[] {0, 10}, new double[] {1, 20})));

    assertThat(text(svg)).contains("Rate & backlog", "seconds", "actions/s", "relay");
  }

  @Test
  void theSameFiguresGiveTheSamePicture() {
    assertThat(bars()).isEqualTo(bars());
  }

  @Test
  void aSideThatLacksAValueIsRefused() {
    assertThatThrownBy(
            () -> Plots.bars("Drain", "actions/s", GROUPS, Map.of("relay", new double[] {1})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("relay has 1 values for 2 groups");
  }

  @Test
  void aReportShowsItsPlot(@TempDir Path directory) throws Exception {
    Report report = new Report(directory, "speed");
    report.plot("drain.svg", "Drain", "<svg/>");

    assertThat(report.write()).content().contains("![Drain](speed/drain.svg)");
    assertThat(Files.readString(directory.resolve("speed/drain.svg"))).isEqualTo("<svg/>");
  }

  private static String bars() {
    return Plots.bars(
        "Drain",
        "actions/s",
        GROUPS,
        Map.of(
            "relay", new double[] {45_100, 33_000}, "baseline", new double[] {1.25, Double.NaN}));
  }

  private static String text(String svg) throws Exception {
    Element root =
        DocumentBuilderFactory.newDefaultNSInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
            .getDocumentElement();
    assertThat(root.getLocalName()).isEqualTo("svg");
    return root.getTextContent();
  }
}
