package io.durableoutbox.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A migrated database with an outbox on a pool, and the few ways that tests look at it. */
public final class TestOutbox implements AutoCloseable {
  public static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\", \"experience\":\"Test Server side"
          + " experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All"
          + " Users\",\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";

  public final TestDatabase database;
  public final HikariDataSource pool;
  public final JdbcOutbox outbox;

  public TestOutbox(TestDatabase database, Consumer<HikariConfig> setUp) {
    this.database = database;
    this.pool = database.pool(setUp);
    OutboxMigrations.of(database.pool()).migrate();
    this.outbox = JdbcOutbox.create(pool);
  }

  public static Action.Builder shown(String customer) {
    return Action.shown(customer, CONTEXT).platform(Platform.WEB);
  }

  /** Returns an action of each of {@code n} users. */
  public static List<Action> actions(int n) {
    List<Action> actions = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      actions.add(shown("user-" + i).build());
    }
    return actions;
  }

  /** What runs in a transaction of the application. */
  public interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** Runs and commits. */
  public <T> T inTransaction(Work<T> work) {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      T result = work.on(connection);
      connection.commit();
      return result;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  public AddResult add(List<Action> actions) {
    return inTransaction(connection -> outbox.add(connection, actions));
  }

  public AddResult add(Action... actions) {
    return add(List.of(actions));
  }

  public void execute(String sql) {
    inTransaction(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.execute(TestDatabase.words(connection, sql));
          }
        });
  }

  /** Returns the rows, columns joined by "|". */
  public List<String> query(String sql) {
    return inTransaction(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery(TestDatabase.words(connection, sql))) {
            List<String> lines = new ArrayList<>();
            while (rows.next()) {
              StringBuilder line = new StringBuilder();
              for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                line.append(i == 1 ? "" : "|").append(rows.getString(i));
              }
              lines.add(line.toString());
            }
            return lines;
          }
        });
  }

  public @Nullable String one(String sql) {
    List<String> rows = query(sql);
    return rows.isEmpty() ? null : rows.get(0);
  }

  public int count(String table) {
    return Integer.parseInt(query("SELECT COUNT(*) FROM " + table).get(0));
  }

  /** Lets every lease end and every wait be over, as if time had passed. */
  public void letTimePass() {
    execute(
        "UPDATE outbox SET available_at = CURRENT_TIMESTAMP WHERE available_at > CURRENT_TIMESTAMP");
    execute("UPDATE outbox_workspace SET paused_until = CURRENT_TIMESTAMP WHERE cause IS NOT NULL");
  }

  public void clear() {
    for (String table :
        List.of(
            "outbox",
            "outbox_delivered",
            "outbox_rejected",
            "outbox_request",
            "outbox_attempt",
            "outbox_workspace",
            "outbox_operation",
            "outbox_operation_action")) {
      execute("DELETE FROM " + table);
    }
    execute("UPDATE outbox_maintenance SET last_run_at = NULL, last_run_by = NULL, note = NULL");
  }

  @Override
  public void close() {
    database.close();
  }
}
