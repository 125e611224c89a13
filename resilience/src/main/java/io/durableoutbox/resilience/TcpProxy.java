package io.durableoutbox.resilience;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a relay and its database: passes bytes on, swallows them, or cuts connections.
 * Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {
  private final ServerSocket server;
  private final String targetHost;
  private final int targetPort;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicInteger commitsToCut = new AtomicInteger();
  private final AtomicInteger commitsCut = new AtomicInteger();
  private volatile boolean swallowing;

  private TcpProxy(ServerSocket server, String targetHost, int targetPort) {
    this.server = server;
    this.targetHost = targetHost;
    this.targetPort = targetPort;
  }

  /** Starts a proxy to the server of a URL like {@code jdbc:postgresql://host:port/database}. */
  public static TcpProxy to(String jdbcUrl) throws IOException {
    URI target = URI.create(jdbcUrl.substring("jdbc:".length()));
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    TcpProxy proxy = new TcpProxy(server, target.getHost(), target.getPort());
    daemon("accept", proxy::accept);
    return proxy;
  }

  /** Returns the URL that leads through this proxy. */
  public String url(String jdbcUrl) {
    return jdbcUrl.replace(
        targetHost + ":" + targetPort,
        server.getInetAddress().getHostAddress() + ":" + server.getLocalPort());
  }

  /** Swallows what comes from both sides, as a network does that has lost a route. */
  public void swallow() {
    swallowing = true;
  }

  /** Passes bytes on again; what was swallowed stays lost, so those connections are cut. */
  public void pass() {
    cut();
    swallowing = false;
  }

  /** Closes all connections at once. */
  public void cut() {
    links.forEach(Link::close);
  }

  /** Lets the next commits reach the server, and cuts their connections before the answer. */
  public void cutNextCommits(int n) {
    commitsToCut.set(n);
  }

  /** Returns how many commits were cut off from their answers. */
  public int commitsCut() {
    return commitsCut.get();
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        connect(server.accept());
      } catch (IOException e) {
        // Closed, which ends the loop.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    try {
      Link link = new Link(client, new Socket(targetHost, targetPort));
      links.add(link);
      daemon("to server", link::toServer);
      daemon("to client", link::toClient);
    } catch (IOException e) {
      // The server is away, and the client shall see that.
      client.close();
    }
  }

  private static void daemon(String name, Runnable task) {
    Thread thread = new Thread(task, "proxy " + name);
    thread.setDaemon(true);
    thread.start();
  }

  private final class Link {
    private final Socket client;
    private final Socket target;

    private Link(Socket client, Socket target) {
      this.client = client;
      this.target = target;
    }

    private void toServer() {
      pump(client, target, true);
    }

    private void toClient() {
      pump(target, client, false);
    }

    private void pump(Socket from, Socket to, boolean toServer) {
      byte[] buffer = new byte[1 << 16];
      try (InputStream in = from.getInputStream();
          OutputStream out = to.getOutputStream()) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          if (swallowing) {
            continue;
          }
          if (!toServer && saysCommitted(buffer, n) && takeOne()) {
            commitsCut.incrementAndGet();
            break;
          }
          out.write(buffer, 0, n);
          out.flush();
        }
      } catch (IOException e) {
        // One end is gone, and so will be the other.
      } finally {
        close();
      }
    }

    /**
     * Tells whether the server's tag of a commit is among the bytes, or that of a query which ends
     * in no transaction: a claim commits by itself.
     */
    private boolean saysCommitted(byte[] buffer, int n) {
      String bytes = new String(buffer, 0, n, StandardCharsets.ISO_8859_1);
      return bytes.contains("COMMIT\0")
          || (bytes.contains("SELECT ") && bytes.endsWith("Z\0\0\0\5I"));
    }

    private boolean takeOne() {
      return commitsToCut.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
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
