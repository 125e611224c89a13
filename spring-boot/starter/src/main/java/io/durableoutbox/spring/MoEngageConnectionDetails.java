package io.durableoutbox.spring;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where the relay sends, and with which credentials. A bean of it replaces all of {@code
 * outbox.moengage} and {@code outbox.workspaces} except {@code call-timeout}; the tests' {@code
 * SimulatedMoEngage} is one.
 */
@FunctionalInterface
public interface MoEngageConnectionDetails extends ConnectionDetails {
  /** Returns the workspaces to serve, each by a name of its own. */
  List<Workspace> workspaces();

  /**
   * A workspace.
   *
   * @param name the name that its actions have in {@code outbox.workspace}
   * @param id the workspace id (formerly app id)
   * @param apiKey asked for every request, on the relay's thread; must not block
   * @param baseUrl the address up to and without {@code /v1/experiences/events}: https, or http to
   *     this machine's loopback
   */
  record Workspace(String name, String id, Supplier<String> apiKey, String baseUrl) {
    /** Checks that nothing is null. */
    public Workspace {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(apiKey, "apiKey");
      Objects.requireNonNull(baseUrl, "baseUrl");
    }
  }
}
