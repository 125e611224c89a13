package io.durableoutbox.internal.relay;

import io.durableoutbox.store.RelayStore.Settled;

/** What an engine did since it was made. Written on the loop only. */
public final class Counters {
  int claimed;
  int requests;
  int delivered;
  int retried;
  int rejected;
  int unsent;
  int fenced;
  int abandoned;
  int vanished;

  void settled(Settled s) {
    delivered += s.delivered();
    retried += s.retried();
    rejected += s.rejected();
    unsent += s.unsent();
    fenced += s.fenced();
    vanished += s.vanished().size();
  }

  public int claimed() {
    return claimed;
  }

  public int requests() {
    return requests;
  }

  public int delivered() {
    return delivered;
  }

  public int retried() {
    return retried;
  }

  public int rejected() {
    return rejected;
  }

  public int unsent() {
    return unsent;
  }

  public int fenced() {
    return fenced;
  }

  /** Actions whose outcome could not be written before their lease ended; they are sent again. */
  public int abandoned() {
    return abandoned;
  }

  /** Actions that the destination accepted and whose rows were lost meanwhile. */
  public int vanished() {
    return vanished;
  }
}
