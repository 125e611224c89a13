package io.durableoutbox.infrastructure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** A PostgreSQL primary and its standby. For one thread; closing it ends both. */
final class PostgresPair implements AutoCloseable {
  private DebianPostgres primary;
  private DebianPostgres standby;
  private final String address;

  private PostgresPair(DebianPostgres primary, DebianPostgres standby) {
    this.primary = primary;
    this.standby = standby;
    address =
        "jdbc:postgresql://127.0.0.1:"
            + primary.port()
            + ",127.0.0.1:"
            + standby.port()
            + "/postgres?targetServerType=primary&hostRecheckSeconds=0";
  }

  /** Starts both; commits do not wait for the standby. */
  static PostgresPair asynchronous() {
    return start("synchronous_commit = on\n");
  }

  /** Starts both; a commit waits until the standby has applied it, unless told otherwise. */
  static PostgresPair synchronous() {
    PostgresPair pair = start("synchronous_commit = remote_apply\n");
    try {
      // Not in the file that the standby has a copy of: promoted, it would wait for another one.
      pair.primary.execute(
          "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
      return pair;
    } catch (RuntimeException e) {
      pair.close();
      throw e;
    }
  }

  private static PostgresPair start(String settings) {
    DebianPostgres primary = DebianPostgres.start(settings);
    try {
      return new PostgresPair(primary, primary.standby());
    } catch (RuntimeException e) {
      primary.close();
      throw e;
    }
  }

  /** Returns the URL of whichever of the two is the primary now. */
  String jdbcUrl() {
    return address;
  }

  DebianPostgres primary() {
    return primary;
  }

  DebianPostgres standby() {
    return standby;
  }

  /** Stops the process that sends to the standby: what is committed from now on is only here. */
  void holdBackTheStandby() {
    try (Connection connection = primary.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT coalesce(max(pid), 0) FROM pg_stat_replication")) {
      row.next();
      long sender = row.getLong(1);
      if (sender == 0) {
        throw new IllegalStateException("the standby does not stream");
      }
      Packages.output(List.of("kill", "-STOP", Long.toString(sender)));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Makes the standby the primary, and the other, which is gone, the standby to be. */
  void promote() {
    standby.promote();
    DebianPostgres old = primary;
    primary = standby;
    standby = old;
  }

  @Override
  public void close() {
    try {
      standby.close();
    } finally {
      primary.close();
    }
  }
}
