package io.durableoutbox.benchmarks.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The text of the report; its plots and raw data lie in a folder of the same name. */
final class Report {
  private final Path directory;
  private final String name;
  private final StringBuilder text = new StringBuilder();
  private final Samples samples = new Samples();

  /**
   * Begins one.
   *
   * @param directory where reports lie
   * @param name the file's without its ending
   */
  Report(Path directory, String name) {
    this.directory = directory;
    this.name = name;
  }

  Samples samples() {
    return samples;
  }

  void heading(String title) {
    text.append("\n## ").append(title).append("\n\n");
  }

  /** Adds text as it is. */
  void text(String markdown) {
    text.append(markdown.strip()).append("\n\n");
  }

  void table(List<String> columns, List<List<String>> rows) {
    row(columns);
    row(columns.stream().map(column -> "---").toList());
    rows.forEach(this::row);
    text.append('\n');
  }

  private void row(List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** Writes a plot beside the report and shows it. */
  void plot(String fileName, String title, String svg) throws IOException {
    text("![" + title + "](" + file(fileName, svg) + ")");
  }

  /** Writes a file beside the report and returns its address as seen from there. */
  String file(String fileName, String content) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(name));
    Files.writeString(folder.resolve(fileName), content);
    return name + "/" + fileName;
  }

  /** Writes all of it, and returns where. */
  Path write() throws IOException {
    file("samples.csv", samples.csv());
    Path path = directory.resolve(name + ".md");
    Files.writeString(path, text.toString().strip() + "\n");
    return path;
  }
}
