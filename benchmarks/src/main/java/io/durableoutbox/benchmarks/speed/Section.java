package io.durableoutbox.benchmarks.speed;

/** A part of the report. */
interface Section {
  /** Returns what it is called on the command line. */
  String name();

  /** Measures, and writes its part of the report. */
  void measure(Bench bench) throws Exception;
}
