package io.durableoutbox.internal.relay.request;

import io.durableoutbox.internal.relay.request.Batch.Ready;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** The requests of one workspace that wait to be sent. On the loop. */
public final class ReadyRequests {
  private final RequestPacker packer;
  private final Deque<Ready> requests = new ArrayDeque<>();
  private int actions;

  public ReadyRequests(RequestPacker packer) {
    this.packer = packer;
  }

  public boolean isEmpty() {
    return requests.isEmpty();
  }

  /** Returns how many actions they have. */
  public int actions() {
    return actions;
  }

  public void forEach(Consumer<Ready> consumer) {
    requests.forEach(consumer);
  }

  public void addLast(Ready request) {
    requests.addLast(request);
    actions += request.batch().actions().size();
  }

  public void addFirst(Ready request) {
    requests.addFirst(request);
    actions += request.batch().actions().size();
  }

  public Ready takeFirst() {
    Ready first = requests.removeFirst();
    actions -= first.batch().actions().size();
    return first;
  }

  /** Takes the first action of the first request; what else the request has stays first. */
  public Ready takeFirstAction() {
    Ready first = takeFirst();
    if (first.batch().actions().size() == 1) {
      return first;
    }
    List<Ready> parts = packer.splitFirst(first.request()).stream().map(first::part).toList();
    addFirst(parts.get(1));
    return parts.get(0);
  }
}
