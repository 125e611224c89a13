package io.durableoutbox.cli.data;

import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.WorkspaceCount;
import io.durableoutbox.jdbc.WorkspaceState;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the outbox stands at one moment, by workspace. */
public final class Status {
  public static final List<String> COLUMNS =
      List.of(
          "workspace",
          "waiting",
          "pending",
          "retrying",
          "claimed",
          "oldest_created_at",
          "oldest_age_seconds",
          "rejected",
          "cancelled",
          "delivered_last_minute",
          "delivered_last_hour",
          "paused",
          "paused_since",
          "paused_until",
          "cause",
          "reason",
          "paused_by",
          "way_out",
          "last_requests");

  private final Instant now;
  private final List<Figures.LastRequest> requests;
  private final Map<String, Workspace> workspaces = new TreeMap<>();

  private static final class Workspace {
    final Map<ActionState, WorkspaceCount> counts = new EnumMap<>(ActionState.class);
    @Nullable WorkspaceState state;
    Figures.@Nullable Delivered delivered;

    long count(ActionState state) {
      WorkspaceCount count = counts.get(state);
      return count == null ? 0 : count.actions();
    }

    long waiting() {
      return counts.values().stream()
          .filter(c -> c.state().isWaiting())
          .mapToLong(WorkspaceCount::actions)
          .sum();
    }

    @Nullable Instant oldest() {
      return counts.values().stream()
          .filter(c -> c.state().isWaiting())
          .map(WorkspaceCount::oldest)
          .min(Instant::compareTo)
          .orElse(null);
    }
  }

  private Status(Figures.Snapshot snapshot) {
    now = snapshot.now();
    requests = snapshot.requests();
    snapshot.delivered().forEach((name, delivered) -> workspace(name).delivered = delivered);
    requests.forEach(request -> workspace(request.workspace()));
  }

  public static Status read(Database database, int requests) {
    // First the counts: the moment that ages are reckoned from is then not before them.
    List<WorkspaceCount> counts = database.outbox().audit().undelivered();
    List<WorkspaceState> states = database.outbox().workspaces();
    Status status = new Status(database.figures().read(requests));
    counts.forEach(count -> status.workspace(count.workspace()).counts.put(count.state(), count));
    states.forEach(state -> status.workspace(state.workspace()).state = state);
    return status;
  }

  private Workspace workspace(String name) {
    return workspaces.computeIfAbsent(name, n -> new Workspace());
  }

  public Instant now() {
    return now;
  }

  /** Returns a row for each workspace, with all columns. */
  public List<Map<String, @Nullable Object>> rows() {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    workspaces.forEach((name, workspace) -> rows.add(row(name, workspace)));
    return rows;
  }

  private Map<String, @Nullable Object> row(String name, Workspace workspace) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("workspace", name);
    row.put("waiting", workspace.waiting());
    for (ActionState state :
        List.of(
            ActionState.PENDING,
            ActionState.RETRYING,
            ActionState.CLAIMED,
            ActionState.REJECTED,
            ActionState.CANCELLED)) {
      row.put(state.sqlName(), workspace.count(state));
    }
    Instant oldest = workspace.oldest();
    row.put("oldest_created_at", oldest);
    row.put("oldest_age_seconds", oldest == null ? null : age(oldest).toSeconds());
    Figures.Delivered delivered = workspace.delivered;
    row.put("delivered_last_minute", delivered == null ? 0 : delivered.minute());
    row.put("delivered_last_hour", delivered == null ? 0 : delivered.hour());
    WorkspaceState state = workspace.state;
    row.put("paused", state != null && state.isPaused());
    if (state != null && state.isPaused()) {
      row.put("paused_since", state.pausedSince());
      row.put("paused_until", state.pausedUntil());
      row.put("cause", state.cause());
      row.put("reason", state.reason());
      row.put("paused_by", state.pausedBy());
      row.put("way_out", wayOut(state));
    }
    row.put(
        "last_requests",
        requests.stream().filter(r -> r.workspace().equals(name)).map(Status::request).toList());
    return row;
  }

  /** Returns the same for a person. */
  public List<Map<String, @Nullable Object>> tableRows() {
    List<Map<String, @Nullable Object>> rows = rows();
    for (Map<String, @Nullable Object> row : rows) {
      Instant oldest = (Instant) row.get("oldest_created_at");
      row.put("oldest", oldest == null ? "-" : words(age(oldest)));
      row.put("last_minute", row.get("delivered_last_minute"));
      row.put("last_hour", row.get("delivered_last_hour"));
      row.put("paused", Boolean.TRUE.equals(row.get("paused")) ? "yes" : "no");
    }
    return rows;
  }

  /** Returns some sentences for each pause: since when, why, by whom, and the way out. */
  public List<String> pauses() {
    List<String> found = new ArrayList<>();
    workspaces.values().stream()
        .flatMap(workspace -> Stream.ofNullable(workspace.state))
        .filter(state -> state.pausedSince() != null)
        .forEach(state -> found.add(pause(state)));
    return found;
  }

  private String pause(WorkspaceState state) {
    Instant since = Objects.requireNonNull(state.pausedSince());
    return "workspace "
        + state.workspace()
        + " for "
        + words(age(since))
        + " (since "
        + since.truncatedTo(ChronoUnit.SECONDS)
        + end(state.pausedUntil())
        + "), by "
        + (state.cause() == null ? "person " : "relay ")
        + state.pausedBy()
        + (state.cause() == null ? "" : ", " + state.cause())
        + ": "
        + Rows.text(state.reason()).replaceAll("\\p{Cntrl}", " ")
        + "\n  "
        + wayOut(state);
  }

  private String end(@Nullable Instant until) {
    if (until == null) {
      return ", until somebody resumes it";
    }
    return until.isAfter(now)
        ? ", next probe in " + words(Duration.between(now, until))
        : ", a probe is due";
  }

  /** What ends a pause; the same for each cause. */
  private static String wayOut(WorkspaceState state) {
    String resume = "outbox-cli resume --workspace " + state.workspace();
    String cause = state.cause();
    if (cause == null) {
      return "A person paused it; to end it: " + resume;
    }
    return switch (cause) {
      case "misconfigured" ->
          "Correct the key, the workspace id, the data center or the address where the relay is set"
              + " up; it probes rarely, so then: "
              + resume;
      case "refused" ->
          "Everything was refused: read message in outbox_request, correct the cause, then: "
              + resume
              + " and outbox-cli requeue --workspace "
              + state.workspace();
      default ->
          "Relays probe by themselves; if it lasts, look whether the address in the relay's log and"
              + " health is right and can be reached from there";
    };
  }

  public List<Map<String, @Nullable Object>> requests() {
    return requests.stream().map(Status::request).toList();
  }

  private static Map<String, @Nullable Object> request(Figures.LastRequest request) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("id", request.id());
    row.put("workspace", request.workspace());
    row.put("relay", request.relay());
    row.put("started_at", request.startedAt());
    row.put("duration_ms", request.durationMs());
    row.put("status", request.status());
    row.put("outcome", request.outcome());
    row.put("req_id", request.reqId());
    row.put("elements", request.elements());
    row.put("actions", request.actions());
    return row;
  }

  private Duration age(Instant since) {
    Duration age = Duration.between(since, now);
    return age.isNegative() ? Duration.ZERO : age;
  }

  /** Returns a duration as a person says it: 45s, 3m 20s, 5h 12m, 3d 4h. */
  static String words(Duration duration) {
    if (duration.toMinutes() < 1) {
      return duration.toSeconds() + "s";
    } else if (duration.toHours() < 1) {
      return duration.toMinutes() + "m " + duration.toSecondsPart() + "s";
    } else if (duration.toDays() < 1) {
      return duration.toHours() + "h " + duration.toMinutesPart() + "m";
    }
    return duration.toDays() + "d " + duration.toHoursPart() + "h";
  }
}
