/** The outbox on JDBC: writing in the caller's transaction, and the relay's store. */
module io.durableoutbox.jdbc {
  requires transitive io.durableoutbox.core;
  requires transitive java.sql;
  requires static transitive org.jspecify;
  requires org.jooq;
  requires org.slf4j;

  exports io.durableoutbox.jdbc;
}
