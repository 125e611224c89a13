package io.durableoutbox.internal.moengage;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 server whose connections misbehave: byte for byte what a test says. */
final class RawServer implements AutoCloseable {
  static final String OK = json(200, "{\"status\":\"success\",\"req_id\":\"SKuSLFnX\"}");

  /** What to do with one request. */
  enum Deed {
    ANSWER,
    /** Closes the connection after the request has been read, without an answer. */
    CLOSE,
    /** Resets it. */
    RESET,
    /** Reads nothing more and never answers. */
    HANG
  }

  /** An answer or a misdeed. */
  record Step(Deed deed, String answer) {}

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<Socket> forgotten = ConcurrentHashMap.newKeySet();
  private final Queue<Step> next = new ConcurrentLinkedQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final Thread acceptor;
  private volatile int idleMillis;

  RawServer() throws IOException {
    acceptor = daemon(this::accept);
  }

  /** Makes an answer with a body of JSON. */
  static String json(int status, String body) {
    return answer(status, "Content-Type: application/json\r\n", body);
  }

  static String answer(int status, String headers, String body) {
    return "HTTP/1.1 "
        + status
        + " Said\r\n"
        + headers
        + "Content-Length: "
        + body.getBytes(StandardCharsets.UTF_8).length
        + "\r\n\r\n"
        + body;
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** Closes a connection on which nothing came for so long after an answer. */
  void closeIdleAfter(Duration idle) {
    idleMillis = (int) idle.toMillis();
  }

  /** Does these for the next requests, instead of accepting them. */
  void next(Step... steps) {
    next.addAll(List.of(steps));
  }

  void next(Deed deed) {
    next(new Step(deed, ""));
  }

  void next(String answer) {
    next(new Step(Deed.ANSWER, answer));
  }

  /** Never answers again on the connections that are open now, as if a NAT had forgotten them. */
  void forgetConnections() {
    forgotten.addAll(open);
  }

  int connections() {
    return connections.get();
  }

  boolean hasOpenConnections() {
    return !open.isEmpty();
  }

  /** Returns how many requests were read, answered or not. */
  int requests() {
    return requests.get();
  }

  List<String> bodies() {
    return bodies;
  }

  @Override
  public void close() throws IOException {
    server.close();
    try {
      // A thread that is still in accept() keeps the port open, and may take one more connection.
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket socket : open) {
      socket.close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        connections.incrementAndGet();
        open.add(socket);
        daemon(() -> serve(socket));
      } catch (IOException e) {
        // Closed, which ends the loop.
      }
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "raw-server");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (boolean more = true; more; ) {
        String body = read(in);
        if (body == null) {
          return;
        }
        requests.incrementAndGet();
        bodies.add(body);
        Step step = next.poll();
        Deed deed = step == null ? Deed.ANSWER : step.deed();
        if (forgotten.contains(socket) || deed == Deed.HANG) {
          socket.setSoTimeout(0);
          while (in.read() >= 0) {
            // Until the client has had enough.
          }
          return;
        } else if (deed == Deed.RESET) {
          socket.setSoLinger(true, 0);
        } else if (deed == Deed.ANSWER) {
          String answer = step == null ? OK : step.answer();
          socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
        }
        more = deed == Deed.ANSWER;
        socket.setSoTimeout(idleMillis);
      }
    } catch (SocketTimeoutException e) {
      // Idle for too long.
    } catch (IOException e) {
      // The client has left.
    } finally {
      open.remove(socket);
    }
  }

  /** Reads a request and returns its body, or null at the end. */
  private static @Nullable String read(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return null;
      }
      head.append((char) c);
    }
    String lower = head.toString().toLowerCase(Locale.ROOT);
    int at = lower.indexOf("content-length: ") + "content-length: ".length();
    int length = Integer.parseInt(lower.substring(at, lower.indexOf('\r', at)));
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }
}
