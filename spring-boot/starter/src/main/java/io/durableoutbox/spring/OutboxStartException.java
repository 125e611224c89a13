package io.durableoutbox.spring;

import io.durableoutbox.OutboxException;
import org.jspecify.annotations.Nullable;

/** The application's settings or database don't let the outbox start. */
final class OutboxStartException extends OutboxException {
  private static final long serialVersionUID = 1L;

  private final String description;
  private final String action;

  OutboxStartException(String description, String action) {
    this(description, action, null);
  }

  OutboxStartException(String description, String action, @Nullable Throwable cause) {
    super(description + ". " + action, cause);
    this.description = description;
    this.action = action;
  }

  String description() {
    return description + ".";
  }

  String action() {
    return action;
  }
}
