package io.durableoutbox.infrastructure;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An address that leads to a server, and may lead to another one later, as a virtual address or a
 * load balancer does; with the delay of a long way. Thread-safe.
 */
final class Forwarder implements AutoCloseable {
  private final ServerSocket listening;
  private final Duration delay;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile int port;

  private Forwarder(ServerSocket listening, int port, Duration delay) {
    this.listening = listening;
    this.port = port;
    this.delay = delay;
  }

  /**
   * Starts one.
   *
   * @param port of a server on this machine
   * @param delay of what is sent, in each direction
   */
  static Forwarder to(int port, Duration delay) {
    try {
      Forwarder forwarder =
          new Forwarder(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), port, delay);
      daemon(forwarder::accept);
      return forwarder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + listening.getLocalPort() + "/postgres";
  }

  /** Leads to another server from now on, and cuts what leads to the one before. */
  void move(int port) {
    this.port = port;
    cut();
  }

  /** Resets all connections at once. */
  void cut() {
    sockets.forEach(Forwarder::reset);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        connect(listening.accept());
      } catch (IOException e) {
        // Closed, which ends the loop.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    try {
      Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
      sockets.add(client);
      sockets.add(server);
      daemon(() -> pump(client, server));
      daemon(() -> pump(server, client));
    } catch (IOException e) {
      // The server is away, and the client shall see that.
      client.close();
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      to.setTcpNoDelay(true);
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (!delay.isZero()) {
          Ledger.rest(delay);
        }
        out.write(buffer, 0, n);
        out.flush();
      }
    } catch (IOException e) {
      // One end is gone, and so will be the other.
    } finally {
      close(from);
      close(to);
    }
  }

  private void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // Closed is closed.
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (SocketException e) {
      // Closed already.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "forwarder");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      cut();
    }
  }
}
