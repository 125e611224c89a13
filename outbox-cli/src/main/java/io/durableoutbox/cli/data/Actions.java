package io.durableoutbox.cli.data;

import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.Audit;
import io.durableoutbox.jdbc.AuditPage;
import io.durableoutbox.jdbc.AuditedAction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Rows of {@code outbox_audit} as results: its columns by its names. */
public final class Actions {
  public static final List<String> COLUMNS =
      List.of(
          "workspace",
          "event_uuid",
          "customer_id",
          "action",
          "platform",
          "event_time",
          "state",
          "attempts",
          "refusals",
          "req_id",
          "created_at",
          "sent_at",
          "rejected_at",
          "last_error",
          "request_id",
          "operation_id",
          "available_at",
          "unknown_since",
          "claimed_by",
          "user_timezone_offset",
          "user_attributes",
          "attributes");

  private Actions() {}

  public static Map<String, @Nullable Object> row(AuditedAction action) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("workspace", action.workspace());
    row.put("event_uuid", action.eventUuid());
    row.put("customer_id", action.customerId());
    row.put("action", action.action());
    row.put("platform", action.platform());
    row.put("event_time", action.eventTime());
    row.put("state", action.state().sqlName());
    row.put("attempts", action.attempts());
    row.put("refusals", action.refusals());
    row.put("req_id", action.reqId());
    row.put("created_at", action.createdAt());
    row.put("sent_at", action.sentAt());
    row.put("rejected_at", action.rejectedAt());
    row.put("last_error", action.lastError());
    row.put("request_id", action.requestId());
    row.put("operation_id", action.operationId());
    row.put("available_at", action.availableAt());
    row.put("unknown_since", action.unknownSince());
    row.put("claimed_by", action.claimedBy());
    row.put("user_timezone_offset", action.userTimezoneOffset());
    row.put("user_attributes", Rows.Json.of(action.userAttributes()));
    row.put("attributes", Rows.Json.of(action.attributes()));
    return row;
  }

  /**
   * Reads page by page.
   *
   * @param limit how many at most
   * @return whether there may be more
   */
  public static boolean each(
      Audit audit, ActionFilter filter, long limit, Consumer<AuditedAction> each) {
    String after = null;
    long left = limit;
    do {
      AuditPage page = audit.list(filter, after, (int) Math.min(Audit.MAX_PAGE, left));
      page.actions().forEach(each);
      left -= page.actions().size();
      after = page.next();
    } while (after != null && left > 0);
    return after != null;
  }
}
