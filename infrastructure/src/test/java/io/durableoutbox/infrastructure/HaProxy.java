package io.durableoutbox.infrastructure;

import io.durableoutbox.testdb.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** An HAProxy that listens on one port of this host. For one thread. */
final class HaProxy implements AutoCloseable {
  private final Path home = Packages.folder("haproxy");
  private final int port = Packages.freePort();
  private Program program;

  private HaProxy() {}

  /**
   * Starts one.
   *
   * @param settings what follows the global section of its file; {@code LISTEN} stands for its
   *     address
   */
  static HaProxy start(String settings) {
    HaProxy proxy = new HaProxy();
    try {
      proxy.configure(settings);
      proxy.program =
          Program.start(
              Packages.asNobody(
                  Packages.program("haproxy", "haproxy"),
                  "-W",
                  "-f",
                  proxy.home.resolve("haproxy.cfg").toString()),
              proxy.home.resolve("log"));
      Await.value(
          "HAProxy listens",
          Duration.ofSeconds(30),
          () -> {
            if (!proxy.program.isAlive()) {
              throw new IllegalStateException("HAProxy ended: " + proxy.program.said());
            }
            return proxy.listens();
          },
          listens -> listens);
      return proxy;
    } catch (RuntimeException e) {
      proxy.close();
      throw e;
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Writes its file; it reads that when it is reloaded. */
  void configure(String settings) {
    String file =
        """
        global
          log stdout format raw local0
          maxconn 500
          # What an old worker still holds after a reload.
          hard-stop-after 5s
        """
            + settings.replace("LISTEN", "127.0.0.1:" + port);
    try {
      Files.writeString(home.resolve("haproxy.cfg"), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Has a new worker take over. The old one answers what it has, then closes its connections.
   *
   * @throws IllegalStateException if the new worker refuses the file
   */
  void reload() {
    int before = workers();
    program.signal("USR2");
    Await.value(
        "HAProxy has a new worker",
        () -> {
          if (said().contains("Loading failed")) {
            throw new IllegalStateException("HAProxy refuses its file: " + said());
          }
          return workers();
        },
        now -> now > before);
  }

  private int workers() {
    return said().split("New worker", -1).length - 1;
  }

  /** Returns what it has printed so far, a line for each request. */
  String said() {
    return program.said();
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    if (program != null) {
      program.close();
    }
    Packages.delete(home);
  }
}
