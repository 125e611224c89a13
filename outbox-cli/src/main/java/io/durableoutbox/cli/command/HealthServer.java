package io.durableoutbox.cli.command;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.cli.output.JsonRows;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells probes and Prometheus how the relay is; nothing there changes anything. The JDK's server
 * reads a request on a thread of its own until it is whole, so a client that sends half of one has
 * a few seconds, and many of them have many threads, which end when they are not in use.
 */
final class HealthServer implements AutoCloseable {
  private static final int MAX_REQUEST_SECONDS = 5;
  private static final int MAX_THREADS = 100;
  private static final int DEFAULT_PORT = 8089;
  private static final List<String> HEALTH = List.of("status", "reasons");

  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService threads;
  private final Supplier<RelayHealth> health;
  private final Supplier<String> metrics;

  private HealthServer(HttpServer server, Supplier<RelayHealth> health, Supplier<String> metrics) {
    this.server = server;
    this.health = health;
    this.metrics = metrics;
    this.threads =
        new ThreadPoolExecutor(
            0,
            MAX_THREADS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "outbox-http");
              thread.setDaemon(true);
              return thread;
            },
            // Closed by the server when its time for a request is over.
            new ThreadPoolExecutor.DiscardPolicy());
    server.setExecutor(threads);
    server.createContext("/", this::answer);
  }

  /**
   * Starts to listen.
   *
   * @param bind the address
   * @param port the port, 0 for any that is free, or null for 8089, or any if that is taken
   */
  static HealthServer start(
      String bind, @Nullable Integer port, Supplier<RelayHealth> health, Supplier<String> metrics) {
    if (port != null && (port < 0 || port > 65_535)) {
      throw CliException.usage("--port must be from 0 to 65535, 0 for any that is free");
    }
    limitRequests();
    HttpServer server;
    try {
      InetAddress address = InetAddress.getByName(bind);
      server = bound(address, port == null ? DEFAULT_PORT : port, port == null);
    } catch (UnknownHostException e) {
      throw new CliException(
          ExitCode.USAGE, "--bind is no address of this machine; it is like 127.0.0.1", e);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "the health and metrics port "
              + (port == null ? DEFAULT_PORT : port)
              + " can't be opened ("
              + e.getMessage()
              + "); give another --port, 0 for any that is free, or --no-http",
          e);
    }
    HealthServer started = new HealthServer(server, health, metrics);
    server.start();
    return started;
  }

  /** The JVM's only settings for it, read when its first server is made: here, in this process. */
  private static void limitRequests() {
    for (String property : List.of("maxReqTime", "maxRspTime")) {
      String name = "sun.net.httpserver." + property;
      if (System.getProperty(name) == null) {
        System.setProperty(name, Integer.toString(MAX_REQUEST_SECONDS));
      }
    }
  }

  private static HttpServer bound(InetAddress address, int port, boolean orAny) throws IOException {
    try {
      return HttpServer.create(new InetSocketAddress(address, port), 0);
    } catch (BindException e) {
      if (!orAny) {
        throw e;
      }
      return HttpServer.create(new InetSocketAddress(address, 0), 0);
    }
  }

  /** Returns where it listens. */
  String url() {
    InetSocketAddress address = server.getAddress();
    String host = address.getAddress().getHostAddress();
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().matches("GET|HEAD")) {
        send(exchange, 405, "text/plain", "GET only\n");
        return;
      }
      switch (exchange.getRequestURI().getPath()) {
        case "/health", "/health/ready" -> {
          RelayHealth now = health.get();
          int status = now.status() == RelayHealth.Status.DOWN ? 503 : 200;
          send(exchange, status, "application/json", json(now.status().name(), now.reasons()));
        }
        case "/health/live" -> send(exchange, 200, "application/json", json("UP", List.of()));
        case "/metrics" -> send(exchange, 200, METRICS_TYPE, metrics.get());
        default ->
            send(exchange, 404, "text/plain", "Here are /health, /health/live and /metrics\n");
      }
    }
  }

  /** Returns an object, which is what an array of one row has between its brackets. */
  private static String json(String status, List<String> reasons) {
    StringWriter text = new StringWriter();
    try (JsonRows rows = new JsonRows(new PrintWriter(text), HEALTH)) {
      rows.row(Map.of("status", status, "reasons", reasons));
    }
    String array = text.toString().strip();
    return array.substring(1, array.length() - 1) + "\n";
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
