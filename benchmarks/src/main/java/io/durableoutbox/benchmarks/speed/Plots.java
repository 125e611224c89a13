package io.durableoutbox.benchmarks.speed;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.Rectangle;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.StandardChartTheme;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.text.TextUtils;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** Draws figures as SVG: the same figures give the same text. */
final class Plots {
  static final int WIDTH = 800;
  static final int HEIGHT = 360;

  // Told apart without colours too: they differ in lightness (Okabe and Ito's set).
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xE69F00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0x56B4E9),
          new Color(0xD55E00),
          new Color(0x666666));
  private static final Color GRID = new Color(0xDDDDDD);

  static {
    System.setProperty("java.awt.headless", "true");
    // Else what stands upright is drawn as outlines and not as text.
    TextUtils.setUseDrawRotatedStringWorkaround(false);
  }

  private Plots() {}

  /**
   * Draws groups of bars with their values.
   *
   * @param axis what the bars' height is, with its unit
   * @param groups names of the groups
   * @param sides by the side's name its value in each group; NaN where it has none
   */
  static String bars(String title, String axis, List<String> groups, Map<String, double[]> sides) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    sides.forEach(
        (side, values) -> {
          if (values.length != groups.size()) {
            throw new IllegalArgumentException(
                side + " has " + values.length + " values for " + groups.size() + " groups");
          }
          for (int i = 0; i < values.length; i++) {
            data.addValue(Double.isNaN(values[i]) ? null : values[i], side, groups.get(i));
          }
        });
    JFreeChart chart = ChartFactory.createBarChart(title, null, axis, data);
    style(chart);
    CategoryPlot plot = chart.getCategoryPlot();
    plot.setRangeGridlinePaint(GRID);
    plot.getDomainAxis().setMaximumCategoryLabelLines(3);
    // Room for the value over the highest bar.
    plot.getRangeAxis().setUpperMargin(0.1);
    BarRenderer bars = (BarRenderer) plot.getRenderer();
    bars.setBarPainter(new StandardBarPainter());
    bars.setShadowVisible(false);
    bars.setItemMargin(0.05);
    bars.setMaximumBarWidth(0.12);
    bars.setDefaultItemLabelGenerator(new Values());
    bars.setDefaultItemLabelsVisible(true);
    bars.setDefaultItemLabelFont(font(Font.PLAIN, 11));
    for (int i = 0; i < sides.size(); i++) {
      bars.setSeriesPaint(i, COLOURS.get(i % COLOURS.size()));
    }
    if (sides.size() == 1) {
      chart.removeLegend();
    }
    return svg(chart);
  }

  /**
   * Draws lines.
   *
   * @param series by the line's name its points, each x and y
   */
  static String lines(
      String title, String xAxis, String yAxis, Map<String, List<double[]>> series) {
    XYSeriesCollection data = new XYSeriesCollection();
    series.forEach(
        (name, points) -> {
          XYSeries line = new XYSeries(name, false);
          points.forEach(point -> line.add(point[0], point[1]));
          data.addSeries(line);
        });
    JFreeChart chart = ChartFactory.createXYLineChart(title, xAxis, yAxis, data);
    style(chart);
    XYPlot plot = chart.getXYPlot();
    plot.setRangeGridlinePaint(GRID);
    plot.setDomainGridlinePaint(GRID);
    ((NumberAxis) plot.getDomainAxis()).setAutoRangeIncludesZero(false);
    ((NumberAxis) plot.getRangeAxis()).setAutoRangeIncludesZero(true);
    boolean few = series.values().stream().allMatch(points -> points.size() <= 20);
    XYLineAndShapeRenderer lines = new XYLineAndShapeRenderer(true, few);
    for (int i = 0; i < series.size(); i++) {
      lines.setSeriesPaint(i, COLOURS.get(i % COLOURS.size()));
      lines.setSeriesStroke(i, new BasicStroke(2));
    }
    plot.setRenderer(lines);
    return svg(chart);
  }

  private static Font font(int style, int size) {
    return new Font(Font.SANS_SERIF, style, size);
  }

  private static void style(JFreeChart chart) {
    StandardChartTheme theme = new StandardChartTheme("plain");
    theme.setExtraLargeFont(font(Font.BOLD, 15));
    theme.setLargeFont(font(Font.PLAIN, 12));
    theme.setRegularFont(font(Font.PLAIN, 12));
    theme.setSmallFont(font(Font.PLAIN, 11));
    theme.apply(chart);
    // White, not see-through, so that it can be read on a dark page too.
    chart.setBackgroundPaint(Color.WHITE);
    Plot plot = chart.getPlot();
    plot.setBackgroundPaint(Color.WHITE);
    plot.setOutlineVisible(false);
    chart.setPadding(new RectangleInsets(8, 8, 8, 8));
    chart.getLegend().setFrame(BlockBorder.NONE);
  }

  private static String svg(JFreeChart chart) {
    try {
      SVGGeneratorContext context =
          SVGGeneratorContext.createDefault(
              DocumentBuilderFactory.newDefaultNSInstance()
                  .newDocumentBuilder()
                  .getDOMImplementation()
                  .createDocument("http://www.w3.org/2000/svg", "svg", null));
      context.setComment(null);
      SVGGraphics2D graphics = new SVGGraphics2D(context, false);
      graphics.setSVGCanvasSize(new Dimension(WIDTH, HEIGHT));
      chart.draw(graphics, new Rectangle(WIDTH, HEIGHT));
      StringWriter text = new StringWriter();
      // Not by its own stream method, which would write a reference to a DTD on the web.
      TransformerFactory.newDefaultInstance()
          .newTransformer()
          .transform(new DOMSource(graphics.getRoot()), new StreamResult(text));
      return text.toString();
    } catch (ParserConfigurationException | TransformerException e) {
      throw new IllegalStateException("the plot can't be drawn", e);
    }
  }

  /** Labels each bar with its value. */
  private static final class Values extends StandardCategoryItemLabelGenerator {
    private static final long serialVersionUID = 1L;

    @Override
    public String generateLabel(CategoryDataset data, int row, int column) {
      Number value = data.getValue(row, column);
      return value == null ? "" : Samples.number(value.doubleValue());
    }
  }
}
