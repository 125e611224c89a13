package io.durableoutbox.jdbc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the actions that {@link Audit#list} found.
 *
 * @param actions the actions, in order; empty if there are none, or no more
 * @param next what to give {@link Audit#list} for the page after this one, or null if this is the
 *     last; holds no personal data
 */
public record AuditPage(List<AuditedAction> actions, @Nullable String next) {
  /** Copies the list. */
  public AuditPage {
    actions = List.copyOf(actions);
  }
}
