package io.durableoutbox.jdbc.internal.dialect;

import io.durableoutbox.jdbc.WorkspaceState;
import io.durableoutbox.jdbc.internal.sql.NumberedSql;
import io.durableoutbox.jdbc.internal.sql.Times;
import io.durableoutbox.store.RelayStore.Backlog;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.PauseSpec;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * {@code outbox_workspace}: which workspaces are paused, by whom, and who probes whether that can
 * end. The statements are each family's own, with the same parameters.
 */
public final class Workspaces {
  private final Function<Connection, DSLContext> using;
  private final Statements sql;

  /**
   * One statement for each method, its parameters in the order of the method's or numbered.
   *
   * @param ensure what makes a workspace's row before it is paused, or null if the pause does
   */
  public record Statements(
      @Nullable String ensure,
      String takeProbe,
      String returnProbe,
      String pause,
      String resume,
      String backlogs,
      String pauseByHand,
      String resumeByHand,
      String states) {
    public Statements in(Function<String, String> schema) {
      return new Statements(
          ensure == null ? null : schema.apply(ensure),
          schema.apply(takeProbe),
          schema.apply(returnProbe),
          schema.apply(pause),
          schema.apply(resume),
          schema.apply(backlogs),
          schema.apply(pauseByHand),
          schema.apply(resumeByHand),
          schema.apply(states));
    }
  }

  public Workspaces(Function<Connection, DSLContext> using, Statements sql) {
    this.using = using;
    this.sql = sql;
  }

  /**
   * Makes the claim the probe of a pause that is over, if something waits; tells whether it is, and
   * no other claim.
   */
  public boolean takeProbe(Connection connection, ClaimSpec spec) {
    long lease = micros(spec.lease());
    return execute(
            connection,
            sql.takeProbe,
            spec.claimId(),
            lease,
            lease,
            spec.workspace(),
            spec.newCredentials())
        > 0;
  }

  /** Undoes {@link #takeProbe} for a claim that found nothing after all. */
  public void returnProbe(Connection connection, ClaimSpec spec) {
    execute(connection, sql.returnProbe, spec.workspace(), spec.claimId());
  }

  /** See {@link io.durableoutbox.store.RelayStore#pause}. */
  public void pause(Connection connection, PauseSpec spec) {
    ensure(connection, spec.workspace());
    execute(
        connection,
        sql.pause,
        spec.workspace(),
        micros(spec.duration()),
        spec.cause(),
        spec.reason(),
        spec.relay(),
        spec.failures(),
        spec.probeId());
  }

  /** See {@link io.durableoutbox.store.RelayStore#resume}. */
  public void resume(Connection connection, String workspace, UUID probeId, String relay) {
    execute(connection, sql.resume, relay, workspace, probeId);
  }

  /** See {@link io.durableoutbox.store.RelayStore#backlogs}. */
  public List<Backlog> backlogs(Connection connection) {
    return using
        .apply(connection)
        .resultQuery(sql.backlogs)
        .fetch(
            row ->
                new Backlog(row.get(0, String.class), Duration.ofMillis(row.get(1, Long.class))));
  }

  /** Pauses it for a person, whatever pause there was; without a duration until it is resumed. */
  public void pauseByHand(
      Connection connection,
      String workspace,
      @Nullable Duration duration,
      String reason,
      String person) {
    ensure(connection, workspace);
    execute(
        connection,
        sql.pauseByHand,
        workspace,
        duration == null ? null : micros(duration),
        reason,
        person);
  }

  /** Ends whatever pause there is; tells whether there was one. */
  public boolean resumeByHand(Connection connection, String workspace) {
    return execute(connection, sql.resumeByHand, workspace) > 0;
  }

  /** Returns the workspaces that are or were paused, by name. */
  List<WorkspaceState> states(Connection connection) {
    return using.apply(connection).resultQuery(sql.states).fetch(Workspaces::state);
  }

  private int execute(Connection connection, String statement, @Nullable Object... values) {
    return using
        .apply(connection)
        .query(NumberedSql.text(statement), NumberedSql.values(statement, values))
        .execute();
  }

  private void ensure(Connection connection, String workspace) {
    if (sql.ensure != null) {
      execute(connection, sql.ensure, workspace);
    }
  }

  private static WorkspaceState state(Record row) {
    return new WorkspaceState(
        row.get(0, String.class),
        Times.instant(row, 1),
        Times.instant(row, 2),
        row.get(3, String.class),
        row.get(4, String.class),
        row.get(5, String.class));
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1_000;
  }
}
