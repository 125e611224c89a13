package io.durableoutbox.internal.relay;

import org.jspecify.annotations.Nullable;

/** What {@code outbox_workspace.cause} means: the outcome that led a relay to pause a workspace. */
final class Cause {
  private Cause() {}

  /** Returns whether the destination refused everything. */
  static boolean isRefusal(@Nullable String cause) {
    return "refused".equals(cause);
  }

  /** Returns what a person can do, to follow what is wrong; a person's pause has no cause. */
  static String advice(@Nullable String cause) {
    if (cause == null) {
      return "; outbox_workspace says why, and a person's resume ends it";
    }
    return switch (cause) {
      case "misconfigured" -> "; give the right API key, workspace id and data centre";
      case "refused" ->
          "; the destination refuses everything: outbox_request.message has its words, the rest is"
              + " sent when it accepts again, and what was rejected can be requeued";
      default -> "; nothing is lost, it is tried again by itself";
    };
  }
}
