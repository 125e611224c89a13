package io.durableoutbox.destination;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request to be: the actions of at most 100 users.
 *
 * @param id the request's own id, a version 7 UUID: {@code outbox_request.id}
 * @param elements one for each user, at most one for a customer_id
 */
public record Request(UUID id, List<Element> elements) {
  /** Copies the list. */
  public Request {
    elements = List.copyOf(elements);
    if (elements.isEmpty()) {
      throw new IllegalArgumentException("a request has at least one element");
    }
  }

  /** Returns all its actions, element by element. */
  public List<ClaimedAction> actions() {
    return elements.stream().flatMap(e -> e.actions().stream()).toList();
  }

  /** Names the request by its id only. */
  @Override
  public String toString() {
    return "Request[" + id + "]";
  }

  /**
   * One user's actions.
   *
   * @param customerId the user; personal data
   * @param userTimezoneOffset {@code user_timezone_offset} in seconds, or null
   * @param userAttributes {@code user_attributes} as JSON text, or null; personal data
   * @param actions at least one, oldest first
   */
  public record Element(
      String customerId,
      @Nullable Integer userTimezoneOffset,
      @Nullable String userAttributes,
      List<ClaimedAction> actions) {
    /** Copies the list. */
    public Element {
      actions = List.copyOf(actions);
      if (actions.isEmpty()) {
        throw new IllegalArgumentException("an element has at least one action");
      }
    }

    /** Says only how many actions it has. */
    @Override
    public String toString() {
      return "Element[" + actions.size() + " actions]";
    }
  }
}
