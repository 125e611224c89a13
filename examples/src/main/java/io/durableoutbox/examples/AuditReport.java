package io.durableoutbox.examples;

import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The audit, read by SQL, printed, and held against what the destination accepted. */
final class AuditReport {
  /** One row of {@code outbox_audit}. */
  record Row(
      UUID eventUuid,
      String customerId,
      String action,
      String state,
      int attempts,
      @Nullable String reqId) {}

  private final Map<UUID, Row> rows = new LinkedHashMap<>();
  private final List<String> differences = new ArrayList<>();

  private AuditReport() {}

  static AuditReport read(DataSource dataSource, String schema) throws SQLException {
    AuditReport report = new AuditReport();
    try (Connection c = dataSource.getConnection();
        Statement s = c.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT event_uuid, customer_id, action, state, attempts, req_id FROM \""
                    + schema
                    + "\".outbox_audit ORDER BY created_at, event_uuid")) {
      while (r.next()) {
        Row row =
            new Row(
                UUID.fromString(r.getString(1)),
                r.getString(2),
                r.getString(3),
                r.getString(4),
                r.getInt(5),
                r.getString(6));
        if (report.rows.put(row.eventUuid, row) != null) {
          report.differences.add(row.eventUuid + " is in the audit twice");
        }
      }
    }
    return report;
  }

  void print(PrintStream out) {
    String format = "%-10s %8s  %-9s %-37s %-24s %s%n";
    out.printf(format, "state", "attempts", "req_id", "event_uuid", "customer_id", "action");
    for (Row row : rows.values()) {
      out.printf(
          format,
          row.state,
          row.attempts,
          row.reqId == null ? "-" : row.reqId,
          row.eventUuid,
          row.customerId,
          row.action.replace("MOE_PERSONALIZATION_MESSAGE_", ""));
    }
  }

  /**
   * Notes every committed action that is not delivered with a req_id, and every other that is
   * there.
   */
  void compareWithShop(Shop shop) {
    for (UUID uuid : shop.committed()) {
      Row row = rows.get(uuid);
      if (row == null || !row.state.equals("delivered") || row.reqId == null) {
        differences.add("committed, but not delivered with a req_id: " + uuid);
      }
    }
    Set<UUID> more = new HashSet<>(rows.keySet());
    shop.committed().forEach(more::remove);
    more.forEach(uuid -> differences.add("in the audit, but never committed: " + uuid));
  }

  /** Notes every difference between the audit and what the destination accepted. */
  void compareWithDestination(SimulatedDestination destination, Shop shop) {
    for (Row row : rows.values()) {
      AcceptedAction accepted = destination.accepted(row.eventUuid).orElse(null);
      if (accepted == null) {
        differences.add("in the audit, but never accepted: " + row.eventUuid);
      } else if (row.reqId == null || !accepted.reqIds().contains(row.reqId)) {
        differences.add("the audit's req_id is not the destination's: " + row.eventUuid);
      }
    }
    if (destination.acceptedCount() != rows.size()) {
      differences.add(
          "the destination has " + destination.acceptedCount() + ", the audit " + rows.size());
    }
    for (UUID uuid : shop.rolledBack()) {
      if (destination.accepted(uuid).isPresent()) {
        differences.add("rolled back, but accepted: " + uuid);
      }
    }
    destination
        .conflicts()
        .forEach(uuid -> differences.add("sent again with other content: " + uuid));
  }

  /** Notes it if the row is missing or nothing holds for any. */
  void expect(boolean holds, String otherwise) {
    if (!holds) {
      differences.add(otherwise);
    }
  }

  int size() {
    return rows.size();
  }

  @Nullable Row row(UUID uuid) {
    return rows.get(uuid);
  }

  long triedMoreThanOnce() {
    return rows.values().stream().filter(r -> r.attempts > 1).count();
  }

  List<String> differences() {
    return List.copyOf(differences);
  }
}
