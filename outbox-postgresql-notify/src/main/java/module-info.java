/** Wakes a relay by PostgreSQL's LISTEN and NOTIFY. */
module io.durableoutbox.postgresql {
  requires transitive io.durableoutbox.core;
  requires transitive java.sql;
  requires static transitive org.jspecify;
  requires org.postgresql.jdbc;
  requires org.slf4j;

  exports io.durableoutbox.postgresql;
}
