package io.durableoutbox.internal.relay.request;

import io.durableoutbox.destination.ClaimedAction;
import java.util.Collection;
import java.util.List;

/** How many claimed actions one workspace holds, which bounds the relay's memory. On the loop. */
public final class HeldActions {
  private int actions;
  private long bytes;

  public int actions() {
    return actions;
  }

  public long bytes() {
    return bytes;
  }

  public void add(Collection<ClaimedAction> some) {
    actions += some.size();
    bytes += bytes(some);
  }

  public void remove(Collection<ClaimedAction> some) {
    actions -= some.size();
    bytes -= bytes(some);
  }

  /**
   * Counts anew.
   *
   * @param batches all that are held in truth
   * @return how many actions were counted and are not held
   */
  public int recount(List<Batch> batches) {
    int before = actions;
    actions = 0;
    bytes = 0;
    batches.forEach(batch -> add(batch.actions()));
    return before - actions;
  }

  private static long bytes(Collection<ClaimedAction> some) {
    long sum = 0;
    for (ClaimedAction action : some) {
      sum += action.bytes();
    }
    return sum;
  }
}
