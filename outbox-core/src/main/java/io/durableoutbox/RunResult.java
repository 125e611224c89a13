package io.durableoutbox;

import io.durableoutbox.relay.Relay;

/**
 * What {@link Relay#runOnce} did, in actions.
 *
 * @param claimed taken from the outbox; when it is 0, nothing was waiting
 * @param delivered accepted by the destination and moved to the delivered ones
 * @param retried set back to be tried again
 * @param rejected moved to the rejected ones
 * @param unsent given back without an attempt
 * @param fenced not settled, because their lease had ended and another claim holds them
 * @param vanished accepted by the destination, but their rows were lost meanwhile; see {@link
 *     RelayEvent.Vanished}
 */
public record RunResult(
    int claimed, int delivered, int retried, int rejected, int unsent, int fenced, int vanished) {}
