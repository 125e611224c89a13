package io.durableoutbox.testkit;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Listens on one port of the loopback, with or without a gateway before the server. */
final class Listener {
  private final Endpoint endpoint;
  private final Threads threads;
  private final boolean withGateway;
  private int port;
  private @Nullable HttpServer server;
  private @Nullable Gateway gateway;

  Listener(Endpoint endpoint, Threads threads, boolean withGateway) {
    this.endpoint = endpoint;
    this.threads = threads;
    this.withGateway = withGateway;
  }

  synchronized int port() {
    return port;
  }

  /** Listens on a port, or on any that is free for 0. */
  synchronized void listen(int onPort) {
    try {
      HttpServer listening =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), withGateway ? 0 : onPort),
              1024);
      listening.setExecutor(threads.workers());
      listening.createContext("/", endpoint);
      listening.start();
      server = listening;
      port = listening.getAddress().getPort();
      if (withGateway) {
        Gateway before = new Gateway(onPort, port, threads.workers());
        gateway = before;
        port = before.port();
      }
    } catch (IOException e) {
      stop();
      throw new UncheckedIOException("can't listen on port " + onPort, e);
    }
  }

  /** Listens again on the same port, unless it does. */
  synchronized void resume() {
    if (server == null) {
      listen(port);
    }
  }

  synchronized void stop() {
    HttpServer listening = server;
    if (listening != null) {
      listening.stop(0);
      server = null;
    }
    Gateway before = gateway;
    if (before != null) {
      before.close();
      gateway = null;
    }
  }

  /** Lets the gateway close no connections any more. */
  synchronized void healthy() {
    Gateway before = gateway;
    if (before != null) {
      before.closeIdleAfter(Duration.ZERO);
    }
  }

  synchronized Gateway gateway(String method) {
    Gateway before = gateway;
    if (before == null) {
      throw new IllegalStateException(
          method
              + (withGateway
                  ? " needs a destination that listens"
                  : " needs SimulatedDestination.builder().gateway(true)"));
    }
    return before;
  }
}
