package io.durableoutbox.jdbc.internal.maintenance;

import io.durableoutbox.jdbc.MaintenanceReport;
import io.durableoutbox.jdbc.MaintenanceReport.Task;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a run has found and done so far. One thread. */
public final class RunProgress {
  public final List<String> created = new ArrayList<>();
  public final List<String> dropped = new ArrayList<>();
  final Set<Task> leftToAnother = EnumSet.noneOf(Task.class);
  long delivered;
  long rejected;
  long requests;
  long attempts;
  long redacted;
  long messages;
  private final Set<String> notes = new LinkedHashSet<>();
  private final List<String> taskNotes = new ArrayList<>();

  /** Adds a sentence, without personal data, to the report and to the task that is being done. */
  public void note(String sentence) {
    notes.add(sentence);
    taskNotes.add(sentence);
  }

  /** Returns the sentences since it was last asked. */
  List<String> takeTaskNotes() {
    List<String> taken = List.copyOf(taskNotes);
    taskNotes.clear();
    return taken;
  }

  public MaintenanceReport report() {
    return new MaintenanceReport(
        created,
        dropped,
        delivered,
        rejected,
        requests,
        attempts,
        redacted,
        messages,
        leftToAnother,
        List.copyOf(notes));
  }
}
