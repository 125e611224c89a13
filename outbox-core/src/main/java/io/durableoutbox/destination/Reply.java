package io.durableoutbox.destination;

/**
 * What a destination says of one request.
 *
 * @param outcome what came of it
 * @param bytes the size of the body that was sent
 */
public record Reply(Outcome outcome, int bytes) {}
