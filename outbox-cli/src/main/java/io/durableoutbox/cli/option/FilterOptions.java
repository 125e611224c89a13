package io.durableoutbox.cli.option;

import io.durableoutbox.jdbc.ActionFilter;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which actions are meant. */
public final class FilterOptions {
  @Option(
      names = "--uuid",
      paramLabel = "UUID",
      order = 200,
      description = "The moe_event_uuid; may be given several times.")
  Set<UUID> uuids = new LinkedHashSet<>();

  @Option(names = "--customer", paramLabel = "ID", order = 201, description = "The customer_id.")
  @Nullable String customer;

  @Option(
      names = "--workspace",
      paramLabel = "NAME",
      order = 203,
      description = "Only this workspace's actions.")
  @Nullable String workspace;

  @Option(
      names = "--reason-contains",
      paramLabel = "TEXT",
      order = 204,
      description = "Only those whose last error or rejection has this text.")
  @Nullable String reasonContains;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      order = 205,
      converter = Converters.OfInstant.class,
      description =
          "Only those delivered, rejected or, while they wait, written at this time or later; like"
              + " 2026-11-23 or 2026-11-23T10:15:30Z.")
  @Nullable Instant from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      order = 206,
      converter = Converters.OfInstant.class,
      description = "Only those before this time.")
  @Nullable Instant to;

  public ActionFilter filter() {
    ActionFilter filter = ActionFilter.all();
    if (!uuids.isEmpty()) {
      filter = filter.eventUuids(uuids);
    }
    if (customer != null) {
      filter = filter.customerId(customer);
    }
    if (workspace != null) {
      filter = filter.workspace(workspace);
    }
    if (reasonContains != null) {
      filter = filter.reasonContains(reasonContains);
    }
    if (from != null) {
      filter = filter.from(from);
    }
    return to == null ? filter : filter.to(to);
  }
}
