package io.durableoutbox.internal.relay;

import io.durableoutbox.MoEngage;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A server in the world's time. It answers as its script says, counts each UUID once, and lives on
 * when the relays that call it die.
 */
final class SimDestination implements Destination {
  private static final MoEngage RULES =
      MoEngage.workspace("W1", "key").baseUrl("http://127.0.0.1:1").build();

  /**
   * What comes of one request.
   *
   * @param latency from sending to the answer; the server takes the request halfway
   * @param taken whether the server takes the request
   * @param outcome what the client makes of the answer; null if no answer ever comes
   * @param thrown whether {@code send} throws instead
   */
  record Plan(Duration latency, boolean taken, @Nullable Outcome outcome, boolean thrown) {
    static Plan accepted(Duration latency) {
      return new Plan(latency, true, new Outcome.Accepted(200, "req", null), false);
    }

    static Plan refused(Duration latency) {
      return new Plan(latency, false, new Outcome.Refused(400, "Invalid Field Value"), false);
    }

    static Plan unavailable(Duration latency) {
      return new Plan(latency, false, new Outcome.Unavailable(null, "connection refused"), false);
    }

    static Plan rateLimited(Duration latency, @Nullable Duration retryAfter) {
      return new Plan(latency, false, new Outcome.RateLimited(429, "slow", retryAfter), false);
    }

    static Plan misconfigured(Duration latency) {
      return new Plan(latency, false, new Outcome.Misconfigured(401, "wrong key"), false);
    }

    static Plan lostBefore(Duration latency) {
      return new Plan(latency, false, new Outcome.Unknown(503, "sorry", null), false);
    }

    /** The server took it, and the client does not know. */
    static Plan lostAfter(Duration latency) {
      return new Plan(latency, true, new Outcome.Unknown(null, "timeout", null), false);
    }

    static Plan silent(boolean taken) {
      return new Plan(Duration.ofSeconds(1), taken, null, false);
    }

    static Plan throwing() {
      return new Plan(Duration.ZERO, false, null, true);
    }
  }

  /** A request as it came. */
  record Sent(Request request, long atNanos) {
    List<UUID> events() {
      return request.actions().stream().map(ClaimedAction::eventUuid).toList();
    }
  }

  private final SimWorld world;
  private final String workspace;
  private final Duration callTimeout;
  private int inFlight;

  final List<Sent> sent = new ArrayList<>();
  final Map<UUID, Integer> taken = new LinkedHashMap<>();
  int maxInFlight;
  boolean credentialsRefused;
  Function<Request, Plan> script = request -> Plan.accepted(Duration.ofMillis(50));

  SimDestination(SimWorld world, String workspace, Duration callTimeout) {
    this.world = world;
    this.workspace = workspace;
    this.callTimeout = callTimeout;
  }

  /** Returns how often a request held the action. */
  long timesSent(UUID eventUuid) {
    return sent.stream().filter(s -> s.events().contains(eventUuid)).count();
  }

  int inFlight() {
    return inFlight;
  }

  @Override
  public String workspace() {
    return workspace;
  }

  @Override
  public URI address() {
    return URI.create("sim://" + workspace);
  }

  @Override
  public Duration callTimeout() {
    return callTimeout;
  }

  @Override
  public Optional<String> problem(ClaimedAction action) {
    return RULES.problem(action);
  }

  @Override
  public CompletionStage<Reply> send(Request request) {
    Plan plan = script.apply(request);
    sent.add(new Sent(request, world.now()));
    if (plan.thrown) {
      throw new IllegalStateException("simulated: the destination is broken");
    }
    inFlight++;
    maxInFlight = Math.max(maxInFlight, inFlight);
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    if (plan.taken) {
      world.after(plan.latency.dividedBy(2), () -> take(request));
    }
    Outcome outcome = plan.outcome;
    world.after(
        outcome == null ? callTimeout : plan.latency,
        () -> {
          inFlight--;
          if (outcome instanceof Outcome.Misconfigured) {
            credentialsRefused = true;
          }
          if (outcome != null) {
            reply.complete(new Reply(outcome, bytes(request)));
          }
        });
    return reply;
  }

  private void take(Request request) {
    for (ClaimedAction action : request.actions()) {
      taken.merge(action.eventUuid(), 1, Integer::sum);
    }
  }

  private static int bytes(Request request) {
    return request.actions().stream().mapToInt(ClaimedAction::bytes).sum();
  }

  @Override
  public boolean credentialsRefused() {
    return credentialsRefused;
  }

  @Override
  public void close() {}
}
