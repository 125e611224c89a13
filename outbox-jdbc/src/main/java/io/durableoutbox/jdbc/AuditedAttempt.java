package io.durableoutbox.jdbc;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to deliver an action: a row of the view {@code outbox_audit_attempt}.
 *
 * @param eventUuid the action
 * @param requestId the request, {@code outbox_request.id}
 * @param startedAt when the request left, by the database's clock
 * @param duration until the answer or the failure, in whole milliseconds, or null when nobody saw
 *     either, since the relay died
 * @param workspace name of the MoEngage workspace
 * @param relay name of the relay that sent it
 * @param status HTTP status, or null without an answer
 * @param outcome {@code accepted}, {@code refused}, {@code misconfigured}, {@code rate_limited},
 *     {@code unavailable} or {@code unknown}; {@code outbox_request.outcome} says what they mean
 * @param reqId the server's id of an accepted request, or null
 * @param message what the server said, or what failed, shortened, or null
 */
public record AuditedAttempt(
    UUID eventUuid,
    UUID requestId,
    Instant startedAt,
    @Nullable Duration duration,
    String workspace,
    String relay,
    @Nullable Integer status,
    String outcome,
    @Nullable String reqId,
    @Nullable String message) {
  /** Says which it is and what came of it, without the message, which may quote an action. */
  @Override
  public String toString() {
    return "AuditedAttempt["
        + eventUuid
        + " in request "
        + requestId
        + " of relay "
        + relay
        + " at "
        + startedAt
        + ", "
        + outcome
        + (status == null ? "" : " " + status)
        + "]";
  }
}
