package io.durableoutbox.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;

/** Passes bytes between clients and the destination, and closes or forgets connections. */
final class Gateway {
  // How often a connection looks whether it has been idle for long enough.
  private static final int TICK_MILLIS = 20;

  private final ServerSocket server;
  private final int targetPort;
  private final ExecutorService threads;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile long idleNanos;

  /**
   * Listens at once.
   *
   * @throws IOException if the port is taken
   */
  Gateway(int port, int targetPort, ExecutorService threads) throws IOException {
    this.server = new ServerSocket(port, 1024, InetAddress.getLoopbackAddress());
    this.targetPort = targetPort;
    this.threads = threads;
    threads.execute(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** Closes connections on which nothing passed for so long after an answer; zero for none. */
  void closeIdleAfter(Duration idle) {
    idleNanos = idle.toNanos();
  }

  /** Swallows from now on what comes on the connections that are open. */
  void forgetConnections() {
    links.forEach(link -> link.forgotten = true);
  }

  void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    links.forEach(Link::close);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        connect(server.accept());
      } catch (IOException e) {
        // Closed, which ends the loop, or one of the two ends has left already.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    boolean connected = false;
    try {
      Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), targetPort));
      links.add(link);
      threads.execute(() -> link.pass(link.client, link.target));
      threads.execute(() -> link.pass(link.target, link.client));
      connected = true;
    } finally {
      if (!connected) {
        // Else the client would wait for its answer.
        client.close();
      }
    }
  }

  private final class Link {
    private final Socket client;
    private final Socket target;
    private volatile boolean forgotten;
    private volatile boolean answered;
    private volatile long passedNanos = System.nanoTime();

    private Link(Socket client, Socket target) throws IOException {
      this.client = client;
      this.target = target;
      for (Socket socket : new Socket[] {client, target}) {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TICK_MILLIS);
      }
    }

    private void pass(Socket from, Socket to) {
      byte[] buffer = new byte[1 << 16];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int n = read(in, buffer); n >= 0; n = read(in, buffer)) {
          if (n > 0) {
            passedNanos = System.nanoTime();
            answered = from == target;
          }
          if (n > 0 && !forgotten) {
            out.write(buffer, 0, n);
          }
        }
      } catch (IOException e) {
        // One end is gone, and so will be the other.
      } finally {
        close();
      }
    }

    /** Returns 0 if nothing came for a while, and -1 at the end or when it is idle for too long. */
    private int read(InputStream in, byte[] buffer) throws IOException {
      try {
        return in.read(buffer);
      } catch (SocketTimeoutException e) {
        long limit = idleNanos;
        boolean idle = limit > 0 && answered && System.nanoTime() - passedNanos >= limit;
        return idle && !forgotten ? -1 : 0;
      }
    }

    private void close() {
      links.remove(this);
      try {
        client.close();
        target.close();
      } catch (IOException e) {
        // Closed is closed.
      }
    }
  }
}
