package io.durableoutbox;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.moengage.MoEngageClient;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A MoEngage workspace as a destination: {@code POST /v1/experiences/events} ("Report experience
 * events").
 *
 * <p>TLS certificates are verified, redirects are never followed, and every call ends within its
 * timeout. Thread-safe.
 */
public final class MoEngage implements Destination {
  private final String name;
  private final Duration callTimeout;
  private final MoEngageClient client;

  private MoEngage(String name, Duration callTimeout, MoEngageClient client) {
    this.name = name;
    this.callTimeout = callTimeout;
    this.client = client;
  }

  /**
   * Starts to build a destination.
   *
   * @param id the workspace id (formerly app id): Settings &gt; Account &gt; APIs in MoEngage's
   *     dashboard
   * @param apiKey the API key of the Personalize tile
   */
  public static Builder workspace(String id, String apiKey) {
    Objects.requireNonNull(apiKey, "apiKey");
    return new Builder(id, () -> apiKey);
  }

  /**
   * Starts to build a destination whose key may change while it runs.
   *
   * @param id the workspace id (formerly app id): Settings &gt; Account &gt; APIs in MoEngage's
   *     dashboard
   * @param apiKey asked for every request, and at each poll while the key is refused, on the
   *     relay's thread, so it must not block; if it throws, the actions wait
   */
  public static Builder workspace(String id, Supplier<String> apiKey) {
    return new Builder(id, apiKey);
  }

  @Override
  public String workspace() {
    return name;
  }

  @Override
  public URI address() {
    return client.address();
  }

  @Override
  public Duration callTimeout() {
    return callTimeout;
  }

  @Override
  public Optional<String> problem(ClaimedAction action) {
    return ActionRules.problem(action);
  }

  @Override
  public CompletionStage<Reply> send(Request request) {
    return client.send(request);
  }

  @Override
  public boolean credentialsRefused() {
    return client.credentialsRefused();
  }

  @Override
  public void close() {
    client.close();
  }

  /** Names the workspace, without its credentials. */
  @Override
  public String toString() {
    return "MoEngage[" + name + "]";
  }

  /** Builds a {@link MoEngage}. Not thread-safe. */
  public static final class Builder {
    private final String id;
    private final Supplier<String> apiKey;
    private String name = Action.DEFAULT_WORKSPACE;
    private Duration callTimeout = Duration.ofSeconds(20);
    private boolean acceptAnySuccess;
    private @Nullable URI baseUrl;
    private @Nullable ThreadFactory threadFactory;

    private Builder(String id, Supplier<String> apiKey) {
      if (!Objects.requireNonNull(id, "id").matches("[\\x21-\\x39\\x3b-\\x7e]{1,200}")) {
        throw new IllegalArgumentException(
            "the workspace id must be 1 to 200 printable characters without spaces or colons");
      }
      this.id = id;
      this.apiKey = Objects.requireNonNull(apiKey, "apiKey");
    }

    /**
     * Sets the data centre, which gives the address {@code https://sdk-{dc}.moengage.com}. This or
     * {@link #baseUrl} is required.
     *
     * @param dc two or three digits, for example "01" or "101"
     */
    public Builder dataCenter(String dc) {
      if (!dc.matches("[0-9]{2,3}")) {
        throw new IllegalArgumentException(
            "dataCenter must be two or three digits, like \"01\" or \"101\"");
      }
      return baseUrl("https://sdk-" + dc + ".moengage.com");
    }

    /**
     * Sets the address up to and without {@code /v1/experiences/events}, for a proxy or a simulated
     * destination.
     *
     * @param url https, or http where the host is this machine's loopback
     */
    public Builder baseUrl(String url) {
      if (baseUrl != null) {
        throw new IllegalArgumentException("set either dataCenter or baseUrl, and once");
      }
      URI uri = parse(url);
      boolean https = "https".equalsIgnoreCase(uri.getScheme());
      if (uri.getHost() == null
          || uri.getPort() > 65_535
          || (!https && !"http".equalsIgnoreCase(uri.getScheme()))) {
        throw new IllegalArgumentException(
            "baseUrl must be an absolute URL, like https://sdk-01.moengage.com");
      }
      if (uri.getRawQuery() != null || uri.getRawFragment() != null || uri.getUserInfo() != null) {
        throw new IllegalArgumentException("baseUrl must have no user, query or fragment");
      }
      if (!https && !isLoopback(uri.getHost())) {
        throw new IllegalArgumentException(
            "baseUrl must be https, because the key goes with each request; http is for loopback"
                + " only");
      }
      baseUrl = uri;
      return this;
    }

    /**
     * Sets the name that this workspace's actions have in {@code outbox.workspace}; default {@code
     * default}, as {@link Action#DEFAULT_WORKSPACE}.
     *
     * @param value 1 to 64 letters, digits, dots, underscores or hyphens
     */
    public Builder name(String value) {
      if (!ActionRules.isWorkspace(value)) {
        throw new IllegalArgumentException(
            "name must be 1 to 64 letters, digits, dots, underscores or hyphens");
      }
      name = value;
      return this;
    }

    /**
     * Sets how long one call may take in all, from connecting to the last byte of the answer;
     * default 20 s. The relay's lease must exceed it.
     *
     * @param value from 1 ms to 10 min
     */
    public Builder callTimeout(Duration value) {
      if (value.compareTo(Duration.ofMillis(1)) < 0
          || value.compareTo(Duration.ofMinutes(10)) > 0) {
        throw new IllegalArgumentException("callTimeout must be from 1 ms to 10 min, not " + value);
      }
      callTimeout = value;
      return this;
    }

    /**
     * Sets whether every answer with a 2xx status counts as an acceptance, whatever its body says;
     * default false. Without it, an acceptance is a JSON object with {@code "status": "success"} or
     * a {@code req_id}. Anything else may come from a maintenance page or a captive portal: the
     * outcome is unknown, and the actions wait. Meant for an API that changes its answer.
     *
     * @param value true to accept them
     */
    public Builder acceptAnySuccess(boolean value) {
      acceptAnySuccess = value;
      return this;
    }

    /**
     * Sets what makes the threads that wait for the answers, one for each request that is out;
     * default: daemon threads, which end after 10 s without a request.
     *
     * @param value for example of virtual threads
     */
    public Builder threadFactory(ThreadFactory value) {
      threadFactory = Objects.requireNonNull(value, "threadFactory");
      return this;
    }

    /**
     * Builds the destination; connects to nothing.
     *
     * @throws IllegalArgumentException if neither a data centre nor a base URL is set
     */
    public MoEngage build() {
      if (baseUrl == null) {
        throw new IllegalArgumentException("set dataCenter, like \"01\", or baseUrl");
      }
      return new MoEngage(
          name,
          callTimeout,
          new MoEngageClient(baseUrl, id, apiKey, callTimeout, acceptAnySuccess, threadFactory));
    }

    private static URI parse(String url) {
      try {
        return new URI(url);
      } catch (URISyntaxException e) {
        // Without the exception, which quotes the URL and what credentials may be in it.
        throw new IllegalArgumentException(
            "baseUrl must be an absolute URL, like https://sdk-01.moengage.com");
      }
    }

    private static boolean isLoopback(String host) {
      if (host.equalsIgnoreCase("localhost")) {
        return true;
      }
      // Only literal addresses: a name would be looked up, and may be another's tomorrow.
      if (!host.matches("\\[[0-9A-Fa-f:.]+]|[0-9.]+")) {
        return false;
      }
      try {
        return InetAddress.getByName(host).isLoopbackAddress();
      } catch (UnknownHostException e) {
        return false;
      }
    }
  }
}
