/** What a relay does and what waits, as Micrometer meters. */
module io.durableoutbox.micrometer {
  requires transitive io.durableoutbox.core;
  requires transitive io.durableoutbox.jdbc;
  requires transitive micrometer.core;
  requires static transitive org.jspecify;
  requires org.slf4j;

  exports io.durableoutbox.micrometer;
}
