package io.durableoutbox.cli.command;

import io.durableoutbox.MoEngage;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.jdbc.WorkspaceCount;
import io.durableoutbox.jdbc.WorkspaceState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is left to send for some workspaces, and whether it can be. */
final class Remaining {
  private final Outbox outbox;
  private final Map<String, MoEngage> destinations;
  private final String relay;

  /** Looks for a relay of that name, which has those destinations. */
  Remaining(Outbox outbox, List<MoEngage> destinations, String relay) {
    this.outbox = outbox;
    this.relay = relay;
    this.destinations =
        destinations.stream().collect(Collectors.toMap(MoEngage::workspace, Function.identity()));
  }

  /**
   * What was seen.
   *
   * @param sendable how many actions are out, or can be sent now or later without anybody's help
   * @param stuck a sentence for each workspace whose actions can't
   */
  record Look(long sendable, List<String> stuck) {
    boolean isEmpty() {
      return sendable == 0 && stuck.isEmpty();
    }

    boolean isStuck() {
      return sendable == 0 && !stuck.isEmpty();
    }

    String words() {
      return String.join("; ", stuck);
    }
  }

  Look look() {
    // First what waits: what is paused afterwards is seen, and what is delivered meanwhile is not.
    Map<String, Long> waiting = new TreeMap<>();
    long sendable = 0;
    for (WorkspaceCount count : outbox.audit().undelivered()) {
      if (!count.state().isWaiting() || !destinations.containsKey(count.workspace())) {
        continue;
      }
      if (count.state() == ActionState.CLAIMED) {
        sendable += count.actions();
      } else {
        waiting.merge(count.workspace(), count.actions(), Long::sum);
      }
    }
    Map<String, String> reasons = new TreeMap<>();
    for (WorkspaceState state : outbox.workspaces()) {
      String reason = reason(state);
      if (reason != null) {
        reasons.put(state.workspace(), reason);
      }
    }
    List<String> stuck = new ArrayList<>();
    for (Map.Entry<String, Long> entry : waiting.entrySet()) {
      String reason = reasons.get(entry.getKey());
      if (reason == null) {
        sendable += entry.getValue();
      } else {
        stuck.add(
            entry.getValue() + " actions of workspace " + entry.getKey() + " wait, " + reason);
      }
    }
    return new Look(sendable, stuck);
  }

  /** Returns why nothing leaves until somebody does something, or null. */
  private @Nullable String reason(WorkspaceState state) {
    MoEngage destination = destinations.get(state.workspace());
    if (!state.isPaused() || destination == null) {
      return null;
    }
    if (state.cause() == null) {
      return state.pausedUntil() == null
          ? "which a person paused: outbox-cli resume --workspace " + state.workspace()
          : null;
    }
    // What another relay met is probed by ours before it counts.
    if (state.cause().equals("refused") && relay.equals(state.pausedBy())) {
      return "since MoEngage refuses everything: read message in outbox_request, correct the cause,"
          + " then outbox-cli resume and requeue --workspace "
          + state.workspace();
    }
    return state.cause().equals("misconfigured") && destination.credentialsRefused()
        ? "since MoEngage refuses what this relay is set to: check MOENGAGE_WORKSPACE_ID,"
            + " MOENGAGE_API_KEY and MOENGAGE_DATA_CENTER or MOENGAGE_BASE_URL; outbox-cli status"
            + " has its words"
        : null;
  }
}
