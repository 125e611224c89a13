package io.durableoutbox.jdbc.internal.diagnosis;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.number;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.mysql.InnoDbChecks;
import io.durableoutbox.jdbc.internal.mysql.MySqlCatalog;
import io.durableoutbox.jdbc.internal.mysql.MySqlDialect;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.Record;

/**
 * The schema against the one that the migrations make. What is missing or different is wrong; what
 * was added is the user's.
 */
final class SchemaChecks {
  private static final String RESTORE =
      "Restore it as the migrations have it (V1__outbox.sql in outbox-migrations).";

  private SchemaChecks() {}

  /** Whether schema and library are of the same version. */
  static void version(DiagnosisContext look) {
    Record row = schemaVersion(look);
    long version = number(row, 0);
    long oldest = number(row, 1);
    String message =
        "The schema has version "
            + version
            + ", and this library was made for "
            + Dialect.SCHEMA_VERSION;
    if (version < Dialect.SCHEMA_VERSION) {
      look.critical(
          "schema_version",
          "outbox_schema_version",
          message + ", which is newer.",
          "Run OutboxMigrations or the newer plain SQL.");
    } else if (oldest > Dialect.SCHEMA_VERSION) {
      look.critical(
          "schema_version",
          "outbox_schema_version",
          message + ", which does not work with it.",
          "Upgrade the library in this service.");
    } else if (version > Dialect.SCHEMA_VERSION) {
      look.warning(
          "schema_version",
          "outbox_schema_version",
          message + ", which works with it.",
          "Upgrade the library in this service when you can.");
    }
  }

  /** Whether the database keeps every text. */
  static void encoding(DiagnosisContext look) {
    TextEncoding.Problem problem = TextEncoding.problem(look.dialect(), look.connection());
    if (problem != null) {
      look.critical("encoding", "the database", problem.message(), problem.wayOut());
    }
  }

  private static Record schemaVersion(DiagnosisContext look) {
    return look.row(look.dialect().versionSql());
  }

  /** What is missing from the schema, or different in it. */
  static void drift(DiagnosisContext look) {
    Map<String, String> expected = SchemaDescription.shipped(look.dialect());
    Map<String, String> actual = SchemaDescription.actual(look);
    if (isNewer(look, actual)) {
      return;
    }
    if (look.dialect() instanceof MySqlDialect) {
      removeHidden(look, expected, actual);
    }
    Set<String> gone = new TreeSet<>();
    for (String object : expected.keySet()) {
      if (!actual.containsKey(object)
          && (object.startsWith("table ") || object.startsWith("view "))) {
        gone.add(object.substring(object.indexOf(' ') + 1));
      }
    }
    Map<String, String> indexes = new HashMap<>();
    actual.forEach(
        (object, definition) -> {
          if (object.startsWith("index ")) {
            indexes.put(table(object) + " " + definition, object);
          }
        });
    expected.forEach(
        (object, definition) -> {
          String found = actual.get(object);
          boolean relation = object.startsWith("table ") || object.startsWith("view ");
          if (found == null && (relation || !gone.contains(table(object)))) {
            // An index may have been made again under another name.
            if (!indexes.containsKey(table(object) + " " + definition)) {
              missing(look, object, definition);
            }
          } else if (found != null && !found.equals(definition)) {
            look.warning(
                "schema_different",
                object,
                "The " + object + " is " + found + " and not " + definition + ".",
                RESTORE);
          }
        });
  }

  /** The catalogs of MariaDB and MySQL show users no more than they may use. */
  private static void removeHidden(
      DiagnosisContext look, Map<String, String> expected, Map<String, String> actual) {
    Set<String> hidden = InnoDbChecks.hidden(look, actual.keySet());
    expected.keySet().removeIf(object -> hidden.contains(table(object)));
    Set<String> checked = MySqlCatalog.withConstraints(look);
    expected
        .entrySet()
        .removeIf(
            line -> line.getValue().equals("CHECK") && !checked.contains(table(line.getKey())));
  }

  /** A newer schema that this library works with has its own description, in a newer library. */
  private static boolean isNewer(DiagnosisContext look, Map<String, String> actual) {
    return actual.containsKey("view outbox_schema_version")
        && number(schemaVersion(look), 0) > Dialect.SCHEMA_VERSION;
  }

  private static void missing(DiagnosisContext look, String object, String definition) {
    String table = table(object);
    String name = object.substring(object.indexOf('.') + 1);
    if (object.startsWith("index ")) {
      look.warning(
          "missing_index",
          name,
          "The index " + name + " of table " + table + " is missing.",
          "Run: " + createIndex(look, table, name, definition));
    } else if (object.startsWith("constraint ")) {
      String message =
          "The constraint " + name + " of table " + table + " (" + definition + ") is missing.";
      if (definition.startsWith("CHECK")) {
        look.warning("schema_missing", object, message, RESTORE);
      } else {
        look.critical("schema_missing", object, message, RESTORE);
      }
    } else {
      look.critical("schema_missing", object, "The " + object + " is missing.", RESTORE);
    }
  }

  private static String createIndex(
      DiagnosisContext look, String table, String name, String definition) {
    boolean postgres = look.dialect() instanceof PostgresDialect;
    // PostgreSQL makes no index of a partitioned table concurrently.
    boolean atOnce = !postgres || table.equals("outbox_delivered");
    return "CREATE INDEX "
        + (atOnce ? "" : "CONCURRENTLY ")
        + name
        + " ON "
        + look.prefix()
        + table
        + (postgres ? " USING " : " ")
        + definition
        + (atOnce && postgres ? "; writes to the table wait meanwhile." : ";");
  }

  /** The table of "column table.name" and the like; the object itself for a table or view. */
  private static String table(String object) {
    int dot = object.indexOf('.');
    return object.substring(object.indexOf(' ') + 1, dot < 0 ? object.length() : dot);
  }
}
