/** A simulated MoEngage destination for tests and trials. */
module io.durableoutbox.testkit {
  requires static transitive org.jspecify;
  requires static transitive org.junit.jupiter.api;
  requires jdk.httpserver;
  requires tools.jackson.core;

  exports io.durableoutbox.testkit;
}
