package io.durableoutbox;

/**
 * An action that the destination would refuse. Thrown before the database is touched, so nothing is
 * written and the caller's transaction stays usable. The message names the field, the problem and
 * the way out, and never the value, which may be personal data.
 */
public final class InvalidActionException extends OutboxException {
  private static final long serialVersionUID = 1L;

  private final String field;

  /**
   * Makes the exception.
   *
   * @param field the field by MoEngage's name, for example {@code customer_id} or {@code
   *     attributes.cid}
   * @param problem what is wrong with it and the way out, without its value
   */
  public InvalidActionException(String field, String problem) {
    super(field + ": " + problem);
    this.field = field;
  }

  /**
   * Returns the field by MoEngage's name, for example {@code customer_id} or {@code
   * attributes.cid}.
   */
  public String field() {
    return field;
  }
}
