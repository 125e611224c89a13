package io.durableoutbox.internal.relay.request;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.relay.request.Batch.Ready;
import io.durableoutbox.internal.relay.request.Batch.Settling;
import io.durableoutbox.store.Disposition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The actions of one claim, sorted.
 *
 * @param fit the actions that can be sent
 * @param requests made of these
 * @param unfit what the destination would refuse for sure, to be rejected
 */
public record Claimed(List<ClaimedAction> fit, List<Ready> requests, List<Settling> unfit) {
  /** Sorts out what is not fit to be sent, and makes requests of the rest. */
  public static Claimed of(
      List<ClaimedAction> actions,
      Batch.Holder holder,
      UUID claimId,
      long leaseEndNanos,
      Destination destination,
      RequestPacker packer) {
    List<ClaimedAction> fit = new ArrayList<>(actions.size());
    List<Settling> unfit = new ArrayList<>();
    for (ClaimedAction action : actions) {
      Optional<String> problem =
          action.validated() ? Optional.empty() : destination.problem(action);
      if (problem.isPresent()) {
        Batch one = new Batch(holder, claimId, leaseEndNanos, List.of(action));
        unfit.add(new Settling(one, new Disposition.Rejected(problem.get()), null));
      } else {
        fit.add(action);
      }
    }
    List<Ready> requests = new ArrayList<>();
    for (Request request : packer.pack(fit)) {
      requests.add(
          new Ready(request, new Batch(holder, claimId, leaseEndNanos, request.actions())));
    }
    return new Claimed(fit, requests, unfit);
  }
}
