package io.durableoutbox.testdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestDatabaseTest {
  static Stream<Named<Supplier<TestDatabase>>> databases() {
    return Stream.of(
        Named.of("h2", TestDatabase::h2),
        Named.of("newest PostgreSQL", TestDatabase::postgres),
        Named.of("oldest PostgreSQL", TestDatabase::oldestPostgres),
        Named.of("MariaDB", TestDatabase::mariadb));
  }

  @ParameterizedTest
  @MethodSource("databases")
  void eachDatabaseIsEmptyAndStandsAlone(Supplier<TestDatabase> make) throws Exception {
    try (TestDatabase first = make.get();
        TestDatabase second = make.get()) {
      execute(first.pool(), "CREATE TABLE t (id integer)");
      execute(second.pool(), "CREATE TABLE t (id integer)");
      assertThat(first.jdbcUrl()).isNotEqualTo(second.jdbcUrl());
    }
  }

  @ParameterizedTest
  @MethodSource("databases")
  void closingClosesThePoolsAndDropsWhatOthersStillUse(Supplier<TestDatabase> make)
      throws Exception {
    TestDatabase database = make.get();
    HikariDataSource pool = database.pool(config -> config.setAutoCommit(false));
    execute(pool, "CREATE TABLE t (id integer)");
    try (Connection other =
        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password())) {
      database.close();
      database.close();
      assertThat(pool.isClosed()).isTrue();
      assertThat(other.isValid(5)).isFalse();
    }
  }

  @Test
  void theOldestPostgresIsOlderThanTheNewest() {
    try (TestDatabase h2 = TestDatabase.h2();
        TestDatabase newest = TestDatabase.postgres();
        TestDatabase oldest = TestDatabase.oldestPostgres()) {
      assertThat(h2.name()).isEqualTo("h2");
      assertThat(newest.name()).matches("postgresql \\d+\\.\\d+");
      assertThat(oldest.name()).matches("postgresql \\d+\\.\\d+").isNotEqualTo(newest.name());
    }
  }

  @Test
  void aPrivateServerKeepsWhatWasCommittedWhenItIsKilledOrStopped() throws Exception {
    try (PrivatePostgres server = PostgresServer.start()) {
      Connection held = connect(server);
      execute(held, "CREATE TABLE t (id integer)");
      server.kill();
      assertThat(held.isValid(5)).isFalse();
      assertThatThrownBy(() -> connect(server)).isInstanceOf(SQLException.class);
      assertThatThrownBy(server::kill).isInstanceOf(IllegalStateException.class);

      server.restart();
      assertThatThrownBy(server::restart).isInstanceOf(IllegalStateException.class);
      try (Connection again = connect(server)) {
        execute(again, "INSERT INTO t VALUES (1)");
        assertThat(one(again, "SHOW fsync")).isEqualTo("on");
        assertThat(one(again, "SHOW synchronous_commit")).isEqualTo("on");
      }

      server.stop();
      server.restart();
      try (Connection again = connect(server)) {
        assertThat(one(again, "SELECT count(*) FROM t")).isEqualTo("1");
      }
    }
  }

  private static Connection connect(PrivatePostgres server) throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
  }

  private static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      execute(connection, sql);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }
}
