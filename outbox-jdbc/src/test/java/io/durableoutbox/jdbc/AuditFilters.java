package io.durableoutbox.jdbc;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Filters by chance, each with the predicate on {@code outbox_audit} that means the same. */
final class AuditFilters {
  static final List<String> WORKSPACES = List.of("default", "eu", "EU: \"west\" 'ü'");
  static final List<String> CUSTOMERS =
      IntStream.range(0, 8).mapToObj(i -> "user-" + i + "@example.com").toList();
  static final List<String> REASONS =
      List.of("refused 400", "50% of_it", "50 of it!", "it's a timeout", "Refused \\ 400");
  static final List<UUID> REQUESTS =
      IntStream.range(0, 9)
          .mapToObj(i -> new UUID(0x0199b4c600007000L, Long.MIN_VALUE + i))
          .toList();
  static final List<Instant> TIMES =
      IntStream.range(0, 12)
          .mapToObj(i -> Instant.parse("2026-10-05T12:00:00.000001Z").plusMillis(i * 500L))
          .toList();

  private AuditFilters() {}

  record Drawn(ActionFilter filter, String predicate) {}

  static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  static Drawn draw(Random random, TestOutbox db) {
    ActionFilter filter = ActionFilter.all();
    List<String> all = new ArrayList<>(List.of("1 = 1"));
    if (random.nextInt(3) == 0) {
      String workspace = pick(random, WORKSPACES);
      filter = filter.workspace(workspace);
      all.add("workspace = '" + workspace.replace("'", "''") + "'");
    }
    if (random.nextInt(4) == 0) {
      String customer = pick(random, CUSTOMERS);
      filter = filter.customerId(customer);
      all.add("customer_id = '" + customer + "'");
    }
    if (random.nextInt(3) == 0) {
      EnumSet<ActionState> states = EnumSet.of(pick(random, List.of(ActionState.values())));
      while (random.nextBoolean()) {
        states.add(pick(random, List.of(ActionState.values())));
      }
      filter = filter.states(states.iterator().next(), states.toArray(ActionState[]::new));
      all.add(
          states.stream()
              .map(state -> "'" + state.sqlName() + "'")
              .collect(Collectors.joining(", ", "state IN (", ")")));
    }
    if (random.nextInt(8) == 0) {
      Set<UUID> uuids = new HashSet<>(Set.of(UUID.randomUUID()));
      db.query("SELECT event_uuid FROM outbox_audit").stream()
          .filter(uuid -> random.nextInt(4) == 0)
          .forEach(uuid -> uuids.add(UUID.fromString(uuid)));
      filter = filter.eventUuids(uuids);
      all.add(
          uuids.stream()
              .map(uuid -> "'" + uuid + "'")
              .collect(Collectors.joining(", ", "event_uuid IN (", ")")));
    }
    if (random.nextInt(6) == 0) {
      UUID request = pick(random, REQUESTS);
      filter = filter.requestId(request);
      all.add("request_id = '" + request + "'");
    }
    if (random.nextInt(6) == 0) {
      String reqId = "req-" + random.nextInt(4);
      filter = filter.reqId(reqId);
      all.add("req_id = '" + reqId + "'");
    }
    if (random.nextInt(6) == 0) {
      String part = pick(random, List.of("400", "%", "50% of_", "!", "\\", "t's", "refused"));
      filter = filter.reasonContains(part);
      all.add("REPLACE(last_error, '" + part.replace("'", "''") + "', '') <> last_error");
    }
    return times(random, filter, all);
  }

  private static Drawn times(Random random, ActionFilter filter, List<String> all) {
    ActionFilter timed = filter;
    int from = random.nextInt(TIMES.size());
    if (random.nextInt(3) == 0) {
      timed = timed.from(TIMES.get(from));
      all.add(
          "COALESCE(sent_at, rejected_at, created_at) >= " + AuditRows.literal(TIMES.get(from)));
    }
    if (random.nextInt(3) == 0 && from < TIMES.size() - 1) {
      timed = timed.to(TIMES.get(from + 1));
      all.add(
          "COALESCE(sent_at, rejected_at, created_at) < " + AuditRows.literal(TIMES.get(from + 1)));
    }
    return new Drawn(timed, String.join(" AND ", all));
  }
}
