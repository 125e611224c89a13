/** The outbox's schema: Flyway migrations, which are plain SQL too. */
module io.durableoutbox.migrations {
  requires transitive java.sql;
  requires static transitive org.jspecify;
  requires flyway.core;

  exports io.durableoutbox.migrations;
}
