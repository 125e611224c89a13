package io.durableoutbox.cli;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayListener;
import java.util.Map;
import java.util.TreeMap;

/** What a relay did since it started, in Prometheus' text format 0.0.4. Thread-safe. */
final class RelayMetrics implements RelayListener {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private enum Metric {
    CLAIMED("outbox_relay_claimed_actions_total", "counter", "Actions taken from the outbox."),
    REQUESTS("outbox_relay_requests_total", "counter", "Requests that ended, by their outcome."),
    REQUEST_SECONDS(
        "outbox_relay_request_seconds_total", "counter", "Seconds that those requests took."),
    REQUEST_BYTES("outbox_relay_request_bytes_total", "counter", "Bytes of their bodies."),
    DELIVERED("outbox_relay_delivered_actions_total", "counter", "Actions that were delivered."),
    RETRIED("outbox_relay_retried_actions_total", "counter", "Actions set back to be tried again."),
    REJECTED("outbox_relay_rejected_actions_total", "counter", "Actions that were rejected."),
    FENCED("outbox_relay_fenced_actions_total", "counter", "Actions whose outcome came too late."),
    ABANDONED(
        "outbox_relay_abandoned_actions_total",
        "counter",
        "Actions whose outcome could not be written."),
    FAILURES("outbox_relay_failures_total", "counter", "Failures of the store or the loop."),
    PAUSED("outbox_relay_workspace_paused", "gauge", "1 while nothing is sent to the workspace.");

    private final String title;
    private final String type;
    private final String help;

    Metric(String title, String type, String help) {
      this.title = title;
      this.type = type;
      this.help = help;
    }
  }

  private final Map<Metric, Map<String, Double>> values = new TreeMap<>();

  @Override
  public synchronized void on(RelayEvent event) {
    if (event instanceof RelayEvent.Claimed e) {
      add(Metric.CLAIMED, workspace(e.workspace()), e.actions());
    } else if (event instanceof RelayEvent.Answered e) {
      String labels = workspace(e.workspace());
      add(Metric.REQUESTS, labels + ",outcome=\"" + e.outcome().name() + "\"", 1);
      add(Metric.REQUEST_SECONDS, labels, e.took().toNanos() / 1e9);
      add(Metric.REQUEST_BYTES, labels, e.bytes());
    } else if (event instanceof RelayEvent.Delivered e) {
      add(Metric.DELIVERED, workspace(e.workspace()), e.eventUuids().size());
    } else if (event instanceof RelayEvent.Retried e) {
      add(Metric.RETRIED, workspace(e.workspace()), e.eventUuids().size());
    } else if (event instanceof RelayEvent.Rejected e) {
      add(Metric.REJECTED, workspace(e.workspace()), e.eventUuids().size());
    } else if (event instanceof RelayEvent.Fenced e) {
      add(Metric.FENCED, "", e.actions());
    } else if (event instanceof RelayEvent.Abandoned e) {
      add(Metric.ABANDONED, "", e.actions());
    } else if (event instanceof RelayEvent.Failed e) {
      add(Metric.FAILURES, "step=\"" + e.step() + "\"", 1);
    } else if (event instanceof RelayEvent.Paused e) {
      set(workspace(e.workspace()), 1);
    } else if (event instanceof RelayEvent.Resumed e) {
      set(workspace(e.workspace()), 0);
    }
  }

  /** A workspace's name, which others may have written, can hold what would end the label. */
  private static String workspace(String name) {
    return "workspace=\""
        + name.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
        + "\"";
  }

  private void add(Metric metric, String labels, double amount) {
    values.computeIfAbsent(metric, m -> new TreeMap<>()).merge(labels, amount, Double::sum);
  }

  private void set(String labels, double value) {
    values.computeIfAbsent(Metric.PAUSED, m -> new TreeMap<>()).put(labels, value);
  }

  /** Returns all of them as text. */
  synchronized String scrape() {
    StringBuilder text = new StringBuilder();
    for (Metric metric : Metric.values()) {
      text.append("# HELP ").append(metric.title).append(' ').append(metric.help).append('\n');
      text.append("# TYPE ").append(metric.title).append(' ').append(metric.type).append('\n');
      values
          .getOrDefault(metric, Map.of())
          .forEach(
              (labels, value) -> {
                text.append(metric.title);
                if (!labels.isEmpty()) {
                  text.append('{').append(labels).append('}');
                }
                text.append(' ').append(value).append('\n');
              });
    }
    return text.toString();
  }
}
