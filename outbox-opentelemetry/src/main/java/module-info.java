/** Spans of requests, linked to the traces that wrote their actions. */
module io.durableoutbox.opentelemetry {
  requires transitive io.durableoutbox.core;
  requires transitive io.opentelemetry.api;
  requires static transitive org.jspecify;
  requires io.opentelemetry.context;
  requires org.slf4j;

  exports io.durableoutbox.opentelemetry;
}
