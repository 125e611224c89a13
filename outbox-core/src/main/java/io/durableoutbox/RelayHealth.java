package io.durableoutbox;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a relay is, at one moment.
 *
 * @param status the worst that holds
 * @param reasons what is wrong and what to do, a sentence each; none when all is well, but possibly
 *     some hints with {@link Status#UP}. They name workspaces, and no customer or key
 * @param clockSkew by how much the store's clock is ahead of this JVM's, or null before the first
 *     claim. It is for information: nothing depends on the JVM's clock
 */
public record RelayHealth(Status status, List<String> reasons, @Nullable Duration clockSkew) {
  /** Copies the list. */
  public RelayHealth {
    reasons = List.copyOf(reasons);
  }

  /** From best to worst. */
  public enum Status {
    /** It claims and delivers. */
    UP,
    /**
     * At least one workspace is paused; actions wait there and are kept. The process itself works:
     * no reason to restart it, or to take it out of a load balancer.
     */
    PAUSED,
    /** It is not running, or makes no progress. */
    DOWN
  }
}
