package io.durableoutbox.testdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A MariaDB server of one test's own, for faults: it may be killed and started again with its data
 * and on its port. Running when it is made; closing it deletes the data. For one thread.
 */
public final class PrivateMariaDb implements AutoCloseable {
  private final List<String> options;
  private EmbeddedMariaDb running;

  PrivateMariaDb(List<String> options) {
    this.options = List.copyOf(options);
    try {
      running = EmbeddedMariaDb.start(options);
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded MariaDB did not start", e);
    }
  }

  /** Returns the URL of the database "mysql", which stays the same. */
  public String jdbcUrl() {
    return running.jdbcUrl();
  }

  public String user() {
    return "root";
  }

  public String password() {
    return "";
  }

  /** Kills its process, and returns when it is gone. */
  public void kill() {
    running.kill();
  }

  /** Starts it again after a kill; it first recovers. */
  public void restart() {
    try {
      running = running.again(options);
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded MariaDB did not start", e);
    }
  }

  @Override
  public void close() {
    running.close();
  }
}
