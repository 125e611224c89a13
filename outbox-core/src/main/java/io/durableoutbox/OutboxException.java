package io.durableoutbox;

import org.jspecify.annotations.Nullable;

/**
 * The outbox could not do what it was asked for. The message says what and the way out; it never
 * holds personal data or keys.
 */
public class OutboxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param message what went wrong and the way out, without personal data
   */
  public OutboxException(String message) {
    super(message);
  }

  /**
   * Makes the exception.
   *
   * @param message what went wrong and the way out, without personal data
   * @param cause what it came from, or null
   */
  public OutboxException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
