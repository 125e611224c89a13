package io.durableoutbox.testkit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request that reached the simulated destination, as far as it has come. Immutable; ask again for
 * its later state.
 *
 * @param status the HTTP status of the answer, also of one that was then dropped; 0 when the
 *     connection was dropped before the request was read
 * @param elements users in it; 0 when its body was not read or broke the contract
 * @param actions actions in it; 0 when its body was not read or broke the contract
 * @param bytes size of its body, as far as it was read: at most one more than the allowed maximum
 * @param reqId its {@code req_id} if it was accepted, else null
 * @param receivedAt when it had been read
 * @param answered whether the whole answer went out; false while the answer is being delayed, and
 *     for good when it was dropped or truncated or the client had left
 */
public record ReceivedRequest(
    int status,
    int elements,
    int actions,
    int bytes,
    @Nullable String reqId,
    Instant receivedAt,
    boolean answered) {}
