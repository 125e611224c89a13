package io.durableoutbox.jdbc;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An action as it stands: a row of the view {@code outbox_audit}. All times are the database's.
 *
 * @param workspace name of the MoEngage workspace
 * @param eventUuid {@code moe_event_uuid}, the same on every attempt
 * @param customerId the user, or null when it was redacted; personal data
 * @param action {@code MOE_PERSONALIZATION_MESSAGE_SHOWN} or {@code …_CLICKED}
 * @param platform {@code web}, {@code android}, {@code ios} or {@code tv}
 * @param eventTime when the user saw or clicked
 * @param state where it stands
 * @param attempts in how many requests it was, or may have been when a relay died
 * @param refusals in how many refused requests it was
 * @param reqId the server's id of the request that delivered it, or null
 * @param createdAt when it was written: the start of the writing transaction
 * @param sentAt when the destination accepted it, or null
 * @param rejectedAt when it was rejected or cancelled, or null
 * @param lastError why the last attempt did not deliver, or why it was rejected, or null; it may
 *     quote the server
 * @param requestId the request that decided it, {@code outbox_request.id}, or null
 * @param operationId the operation that cancelled it, {@code outbox_operation.id}, or null
 * @param availableAt while it waits, when it may be claimed at the earliest; else null
 * @param unknownSince while it waits, when the first attempt was made that may have arrived without
 *     an answer, or null
 * @param claimedBy while it waits, the relay that claimed it last, or null
 * @param userTimezoneOffset seconds from UTC, or null
 * @param userAttributes attributes of the user, a JSON object, or null; personal data
 * @param attributes the experience_context, a JSON object, or null when it was redacted
 */
public record AuditedAction(
    String workspace,
    UUID eventUuid,
    @Nullable String customerId,
    String action,
    String platform,
    Instant eventTime,
    ActionState state,
    int attempts,
    int refusals,
    @Nullable String reqId,
    Instant createdAt,
    @Nullable Instant sentAt,
    @Nullable Instant rejectedAt,
    @Nullable String lastError,
    @Nullable UUID requestId,
    @Nullable UUID operationId,
    @Nullable Instant availableAt,
    @Nullable Instant unknownSince,
    @Nullable String claimedBy,
    @Nullable Integer userTimezoneOffset,
    @Nullable String userAttributes,
    @Nullable String attributes) {
  /** Says which it is and where it stands, without personal data. */
  @Override
  public String toString() {
    return "AuditedAction["
        + eventUuid
        + " of workspace "
        + workspace
        + ", "
        + state.sqlName()
        + ", attempts "
        + attempts
        + ", written "
        + createdAt
        + (sentAt == null ? "" : ", sent " + sentAt + " with req_id " + reqId)
        + (rejectedAt == null ? "" : ", rejected " + rejectedAt)
        + "]";
  }
}
