package io.durableoutbox.testdb;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;

/** Whether a Docker engine answers. */
final class Docker {
  private Docker() {}

  static boolean answers() {
    return mayBeThere() && DockerClientFactory.instance().isDockerAvailable();
  }

  // Testcontainers takes seconds and logs errors to find out that there is none.
  private static boolean mayBeThere() {
    return System.getenv("DOCKER_HOST") != null
        || Stream.of(
                "/var/run/docker.sock",
                System.getenv().getOrDefault("XDG_RUNTIME_DIR", "/run") + "/docker.sock",
                System.getProperty("user.home") + "/.docker/run/docker.sock")
            .anyMatch(socket -> listens(Path.of(socket)));
  }

  private static boolean listens(Path socket) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
