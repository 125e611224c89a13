package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One relay's way to the server of a workspace, and what the relay was told of the workspace: so
 * whether a request may leave can be said from outside.
 *
 * <p>The rule of pauses: what was claimed before a pause may leave until the relay hears of it, by
 * a claim or by a failed request of its own. From then on nothing leaves until a claim that it made
 * later is a probe, or finds no pause. While it probes, one request is out.
 *
 * <p>The rule of failures: after a request failed, nothing leaves until another is answered in the
 * destination's own words or the relay has paused, unless something tells that the request failed
 * because of its actions: another passed while it was out, or none of them was new.
 */
final class SimLink implements Destination {
  private static final long NEVER = Long.MIN_VALUE;

  final SimSettings settings;
  private final SimWorld world;
  private final SimDestination server;
  private final SimRequestRules rules;
  private final BooleanSupplier diesHere;
  private final Bucket requests;
  private final Bucket actions;
  private final Map<UUID, Long> started = new HashMap<>();
  private final Map<UUID, Boolean> allTriedBefore = new HashMap<>();
  private long passedNanos = NEVER;
  private boolean doubts;
  private final Map<UUID, UUID> claims = new HashMap<>();
  private final Set<UUID> sent = new HashSet<>();
  private boolean refused;
  private int out;
  private boolean stopping;
  private long heldBackUntilNanos = NEVER;
  private boolean closed;
  private long closedNanos = NEVER;
  private @Nullable UUID probe;
  private int probesOut;
  private @Nullable UUID lastProbe;
  private long misconfiguredNanos = NEVER;

  /**
   * Makes a link.
   *
   * @param diesHere whether the relay's process is gone, perhaps just before the request left
   */
  SimLink(
      SimWorld world,
      SimDestination server,
      SimSettings settings,
      SimRequestRules rules,
      BooleanSupplier diesHere) {
    this.diesHere = diesHere;
    this.world = world;
    this.server = server;
    this.settings = settings;
    this.rules = rules;
    rules.watch(this);
    requests = new Bucket(settings.perMinute(), world.now());
    actions = new Bucket(settings.actionsPerMinute(), world.now());
  }

  /** Lets a second's worth through at once, or one, and no more than so many a minute after. */
  private static final class Bucket {
    private final double perNano;
    private final double most;
    private double level;
    private long levelNanos;

    private Bucket(int perMinute, long now) {
      perNano = perMinute / 60e9;
      most = Math.max(1, perMinute / 60.0);
      levelNanos = now;
    }

    private boolean overflows(int n, long now) {
      level = Math.max(0, level - perNano * (now - levelNanos));
      levelNanos = now;
      boolean full = perNano > 0 && level > most - 1 + 1e-6;
      level += n;
      return full;
    }
  }

  boolean isStopping() {
    return stopping;
  }

  /**
   * Returns whether the server refused its credentials not long ago, and nothing says otherwise.
   */
  boolean isHeldBack() {
    return refused && probe == null && world.now() < heldBackUntilNanos;
  }

  boolean isClosed() {
    return closed;
  }

  /** Returns whether the last request failed and nothing speaks for the destination. */
  boolean doubts() {
    return doubts;
  }

  int out() {
    return out;
  }

  /** Returns the claim that is this relay's probe until it is answered, or null. */
  @Nullable UUID probe() {
    return probe;
  }

  /** Returns the probe whose request is out, or null. */
  @Nullable UUID probeThatIsOut() {
    return probesOut > 0 ? lastProbe : null;
  }

  /** Returns the claim by which the relay last came to the action, or null. */
  @Nullable UUID claimOf(ClaimedAction action) {
    return claims.get(action.eventUuid());
  }

  /** Returns whether the request is one too many for the limits per minute. */
  boolean isTooFast(Request request) {
    boolean tooMany = requests.overflows(1, world.now());
    return actions.overflows(request.actions().size(), world.now()) || tooMany;
  }

  // What the relay hears

  void claimed(ClaimSpec spec, Claim claim, long calledNanos) {
    for (ClaimedAction action : claim.actions()) {
      claims.put(action.eventUuid(), spec.claimId());
    }
    if (claim.probe()) {
      closed = false;
      probe = spec.claimId();
    } else if (claim.pause() != null) {
      shut();
    } else if (calledNanos > closedNanos) {
      closed &= spec.maxActions() == 0;
      if (claim.probedOpenBy() == null) {
        // Not a relay with other credentials has ended the pause, but a person.
        heldBackUntilNanos = NEVER;
      }
    }
  }

  void answered(RelayEvent.Answered event) {
    Long startedNanos = started.remove(event.requestId());
    boolean noNews = Boolean.TRUE.equals(allTriedBefore.remove(event.requestId()));
    boolean works =
        event.outcome() instanceof Outcome.Accepted || event.outcome() instanceof Outcome.Refused;
    if (works) {
      passedNanos = world.now();
      doubts = false;
    }
    if (startedNanos == null || startedNanos <= closedNanos) {
      return;
    }
    if (works) {
      probe = null;
      heldBackUntilNanos = NEVER;
    } else {
      misconfiguredNanos =
          event.outcome() instanceof Outcome.Misconfigured ? world.now() : misconfiguredNanos;
      boolean excused = noNews || passedNanos > startedNanos;
      doubts |= !excused;
    }
  }

  void stops() {
    stopping = true;
  }

  void paused(@Nullable String cause) {
    if ("misconfigured".equals(cause) && misconfiguredNanos == world.now()) {
      heldBackUntilNanos = world.now() + SimSettings.RETRY_MAX.toNanos();
    }
    doubts = false;
    closed = false;
    shut();
  }

  private void shut() {
    if (!closed) {
      closed = true;
      closedNanos = world.now();
      probe = null;
    }
  }

  void giveNewCredentials() {
    refused = false;
  }

  // Destination

  @Override
  public String workspace() {
    return server.workspace();
  }

  @Override
  public URI address() {
    return server.address();
  }

  @Override
  public Duration callTimeout() {
    return server.callTimeout();
  }

  @Override
  public Optional<String> problem(ClaimedAction action) {
    return server.problem(action);
  }

  @Override
  public CompletionStage<Reply> send(Request request) {
    if (diesHere.getAsBoolean()) {
      return new CompletableFuture<>();
    }
    rules.leaves(this, request);
    started.put(request.id(), world.now());
    boolean triedBefore = true;
    for (ClaimedAction action : request.actions()) {
      triedBefore &= !sent.add(action.eventUuid()) || action.triedBefore();
    }
    allTriedBefore.put(request.id(), triedBefore);
    CompletionStage<Reply> stage = server.send(request);
    boolean asProbe = probe != null;
    lastProbe = asProbe ? probe : lastProbe;
    boolean[] ended = {false};
    out++;
    probesOut += asProbe ? 1 : 0;
    Runnable end =
        () -> {
          if (!ended[0]) {
            ended[0] = true;
            out--;
            probesOut -= asProbe ? 1 : 0;
          }
        };
    // Later the server may still be at it, but the relay need not wait for it any more.
    world.after(callTimeout(), end);
    return stage.thenApply(
        reply -> {
          end.run();
          refused |= reply.outcome() instanceof Outcome.Misconfigured;
          return reply;
        });
  }

  @Override
  public boolean credentialsRefused() {
    return refused;
  }

  @Override
  public void close() {}
}
