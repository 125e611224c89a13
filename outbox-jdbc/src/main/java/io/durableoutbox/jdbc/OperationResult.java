package io.durableoutbox.jdbc;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Operator} did with actions.
 *
 * @param operationId {@code outbox_operation.id}, or null for a dry run
 * @param actions how many were moved, or would be
 * @param skipped how many the filter lets pass that were left where they are
 */
public record OperationResult(@Nullable UUID operationId, long actions, long skipped) {}
