package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.Reply;
import io.durableoutbox.spi.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * A destination in simulated time: accepts, loses answers, refuses, or never answers, as it is
 * told.
 */
final class SimDestination implements Destination {
  /** What becomes of a request. */
  enum Behaviour {
    ACCEPT,
    ACCEPT_AND_LOSE_THE_ANSWER,
    UNAVAILABLE,
    REFUSE,
    NEVER_ANSWER,
    THROW
  }

  static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

  final Map<UUID, Integer> accepted = new HashMap<>();
  final List<Integer> requestSizes = new ArrayList<>();
  final List<Long> requestTimes = new ArrayList<>();
  Function<Request, Behaviour> behaviour = request -> Behaviour.ACCEPT;
  LongSupplier latencyNanos = () -> 1_000_000;
  int inFlight;
  int maxInFlight;
  private final String workspace;
  private final SimScheduler.Time time;
  private final SimScheduler.Life world = new SimScheduler.Life();

  SimDestination(String workspace, SimScheduler.Time time) {
    this.workspace = workspace;
    this.time = time;
  }

  @Override
  public String workspace() {
    return workspace;
  }

  @Override
  public Duration callTimeout() {
    return CALL_TIMEOUT;
  }

  @Override
  public CompletionStage<Reply> send(Request request) {
    Behaviour b = behaviour.apply(request);
    if (b == Behaviour.THROW) {
      throw new IllegalArgumentException("the simulated client is broken");
    }
    Set<String> users = new HashSet<>();
    request.elements().forEach(e -> assertThat(users.add(e.customerId())).isTrue());
    assertThat(request.elements().size()).isLessThanOrEqualTo(100);
    requestSizes.add(request.actions().size());
    requestTimes.add(time.now());
    inFlight++;
    maxInFlight = Math.max(maxInFlight, inFlight);
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    time.add(
        world,
        latencyNanos.getAsLong(),
        () -> {
          inFlight--;
          if (b == Behaviour.ACCEPT || b == Behaviour.ACCEPT_AND_LOSE_THE_ANSWER) {
            for (ClaimedAction action : request.actions()) {
              accepted.merge(action.eventUuid(), 1, Integer::sum);
            }
          }
          switch (b) {
            case ACCEPT -> reply.complete(new Reply(new Outcome.Accepted(200, "id", null), 10));
            case UNAVAILABLE -> reply.complete(new Reply(new Outcome.Unavailable(503, "x"), 10));
            case REFUSE -> reply.complete(new Reply(new Outcome.Refused(400, "x"), 10));
            case ACCEPT_AND_LOSE_THE_ANSWER ->
                reply.complete(new Reply(new Outcome.Unknown(null, "lost"), 10));
            case NEVER_ANSWER, THROW -> {}
          }
        });
    return reply;
  }

  @Override
  public void close() {}
}
