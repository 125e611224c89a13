package io.durableoutbox.jdbc.internal.postgresql;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import java.sql.Connection;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** The table {@code outbox_delivered}, as the catalog has it; names are quoted. */
public record HistoryTable(
    boolean partitioned,
    boolean owned,
    boolean mayCreate,
    String name,
    String schema,
    @Nullable String otherOwner,
    @Nullable String defaultPartition,
    String columns) {
  public static HistoryTable read(Dialect dialect, Connection connection) {
    Record row =
        dialect.using(connection).resultQuery(dialect.in(PartitionSql.PARENT)).fetchSingle();
    return new HistoryTable(
        row.get(0, boolean.class),
        row.get(1, boolean.class),
        row.get(2, boolean.class),
        row.get(3, String.class),
        row.get(4, String.class),
        row.get(5, String.class),
        row.get(6, String.class),
        row.get(7, String.class));
  }

  /** Whether old rows go with their partition, and only the default partition's one by one. */
  public boolean canDrop() {
    return partitioned && owned;
  }
}
