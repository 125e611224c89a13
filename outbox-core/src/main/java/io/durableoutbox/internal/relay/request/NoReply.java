package io.durableoutbox.internal.relay.request;

import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import org.jspecify.annotations.Nullable;

/** What the relay says in place of a destination that said nothing. */
public final class NoReply {
  private NoReply() {}

  public static Reply inTime() {
    return new Reply(new Outcome.Unknown(null, "no answer in callTimeout", null), 0);
  }

  /** Says which failure there was, and not its message, which may hold anything. */
  public static Reply failed(@Nullable Throwable failure) {
    String type = failure == null ? "nothing" : failure.getClass().getName();
    return new Reply(new Outcome.Unknown(null, "the destination failed with " + type, null), 0);
  }
}
