package io.durableoutbox.jdbc;

import java.util.UUID;

/**
 * What {@link Operator#erase} deleted of a customer.
 *
 * @param operationId {@code outbox_operation.id}
 * @param waiting how many actions that were not delivered yet
 * @param delivered how many delivered ones
 * @param rejected how many rejected and cancelled ones
 * @param inFlight how many of the waiting ones a relay held: it may still send them, and write down
 *     an answer that quotes them. If there are any, erase once more when the lease has ended
 */
public record ErasureResult(
    UUID operationId, long waiting, long delivered, long rejected, long inFlight) {
  /** Returns how many actions were deleted in all. */
  public long actions() {
    return waiting + delivered + rejected;
  }
}
