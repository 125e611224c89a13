package io.durableoutbox.migrations;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Everything that a database's catalog says of the outbox's objects, Flyway's history aside. */
final class Catalog {
  private static final String OURS =
      " c.relnamespace = current_schema()::regnamespace AND c.relname LIKE 'outbox%'"
          + " AND c.relname NOT LIKE 'outbox_schema_history%' ";

  private Catalog() {}

  static List<String> postgres(DataSource dataSource) throws SQLException {
    List<String> all = new ArrayList<>();
    for (String sql :
        List.of(
            "SELECT c.relkind, c.relname, c.reloptions, c.relpersistence,"
                + " obj_description(c.oid, 'pg_class'), pg_get_expr(c.relpartbound, c.oid),"
                + " pg_get_partkeydef(c.oid) FROM pg_class c WHERE"
                + OURS
                + "ORDER BY c.relname",
            "SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),"
                + " a.attnotnull, a.attidentity, l.collname, pg_get_expr(d.adbin, d.adrelid),"
                + " col_description(c.oid, a.attnum) FROM pg_class c"
                + " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                + " LEFT JOIN pg_collation l ON l.oid = a.attcollation"
                + " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE"
                + OURS
                + "ORDER BY c.relname, a.attnum",
            "SELECT c.relname, o.conname, o.contype, pg_get_constraintdef(o.oid)"
                + " FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE"
                + OURS
                + "ORDER BY c.relname, o.conname",
            "SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisvalid FROM pg_index i"
                + " JOIN pg_class c ON c.oid = i.indrelid WHERE"
                + OURS
                + "ORDER BY c.relname, 2",
            "SELECT c.relname, pg_get_viewdef(c.oid) FROM pg_class c WHERE c.relkind = 'v' AND"
                + OURS
                + "ORDER BY c.relname")) {
      all.addAll(Sql.query(dataSource, sql));
    }
    return all;
  }

  static List<String> h2(DataSource dataSource) throws SQLException {
    return Sql.query(dataSource, "SCRIPT NODATA NOPASSWORDS NOSETTINGS").stream()
        .filter(line -> line.contains("OUTBOX") && !line.contains("outbox_schema_history"))
        // Numbered by chance.
        .map(line -> line.replaceAll("SYSTEM_SEQUENCE_\\w+", "SEQUENCE"))
        .toList();
  }

  static List<String> mysql(DataSource dataSource) throws SQLException {
    List<String> all = new ArrayList<>();
    for (String table :
        Sql.query(
            dataSource,
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND"
                + " table_name LIKE 'outbox%' AND table_name <> 'outbox_schema_history' ORDER BY"
                + " 1")) {
      for (String line : Sql.query(dataSource, "SHOW CREATE TABLE " + table)) {
        all.addAll(List.of(line.replaceAll("`t\\d+_\\d+`", "`database`").split("\n")));
      }
    }
    return all;
  }
}
