package io.durableoutbox.testkit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request that reached the simulated destination.
 *
 * @param receivedAt when it had been read
 * @param status the status of the answer, also of one that was then dropped; 0 when it was dropped
 *     unread
 * @param reqId its {@code req_id} if it was accepted, else null
 * @param elements users in it; 0 when it could not be read
 * @param actions actions in it; 0 when it could not be read
 * @param bytes size of its body
 */
public record ReceivedRequest(
    Instant receivedAt, int status, @Nullable String reqId, int elements, int actions, int bytes) {}
