package io.durableoutbox.resilience;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a {@link Soak} found.
 *
 * @param unsure actions whose commit was not answered; each may be there or not
 * @param requests rows of {@code outbox_request}
 * @param received requests that came to the destination
 * @param repeats actions that it accepted once more, under their first UUID unless in conflicts
 * @param drained from the end of the faults to an empty outbox
 * @param left actions that were still waiting then
 * @param conflicts UUIDs that came with other content than before
 */
public record SoakReport(
    long seed,
    Duration faults,
    Map<Chaos.Kind, Integer> applied,
    int committed,
    int rolledBack,
    int unsure,
    int delivered,
    int rejected,
    long requests,
    long received,
    long repeats,
    int fenced,
    Duration drained,
    long left,
    int lost,
    long doubled,
    int neverCommitted,
    int deliveredAndNotAccepted,
    int innocentRejected,
    int badDelivered,
    int conflicts) {

  /** Returns what must not be, a sentence each. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (committed == 0) {
      problems.add("nothing was written");
    }
    zero(problems, left, "actions wait for ever");
    zero(problems, lost, "committed actions are lost");
    zero(problems, doubled, "actions are more than once in the audit");
    zero(problems, neverCommitted, "actions arrived that were rolled back");
    zero(problems, deliveredAndNotAccepted, "actions are delivered that the destination lacks");
    zero(problems, innocentRejected, "innocent actions were rejected");
    zero(problems, badDelivered, "bad actions were delivered");
    zero(problems, conflicts, "UUIDs came with other content");
    return problems;
  }

  private static void zero(List<String> problems, long n, String what) {
    if (n != 0) {
      problems.add(n + " " + what);
    }
  }

  /** Returns the figures, a line each. */
  public String asText() {
    StringBuilder text = new StringBuilder();
    line(text, "faults for", faults.toSeconds() + " s, seed " + seed);
    applied.forEach((kind, times) -> line(text, "  " + kind, times));
    line(text, "committed actions", committed);
    line(text, "rolled back", rolledBack);
    line(text, "commit not answered", unsure);
    line(text, "delivered", delivered);
    line(text, "rejected (all bad)", rejected);
    line(text, "requests recorded", requests);
    line(text, "requests received", received);
    line(text, "repeats, same UUID", repeats);
    line(text, "settlements fenced off", fenced);
    line(text, "lost", lost);
    line(text, "doubled in the audit", doubled);
    line(text, "sent though rolled back", neverCommitted);
    line(text, "UUIDs with other content", conflicts);
    line(text, "from the last fault to empty", drained.toMillis() + " ms");
    line(text, "verdict", problems().isEmpty() ? "all holds" : String.join("; ", problems()));
    return text.toString();
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append(String.format("%-40s %s%n", name, value));
  }
}
