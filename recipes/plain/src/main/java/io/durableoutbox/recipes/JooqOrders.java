package io.durableoutbox.recipes;

import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.table;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.relay.Relay;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.SQLDialect;
import org.jooq.TransactionListener;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;

/** jOOQ, with its own transactions. */
public final class JooqOrders {
  private static final Field<Integer> ID = field("id", Integer.class);
  private static final Field<String> ITEM = field("item", String.class);
  private static final Field<Integer> PIECES = field("pieces", Integer.class);

  private final DSLContext ctx;
  private final Outbox outbox;

  public JooqOrders(DSLContext ctx, Outbox outbox) {
    this.ctx = ctx;
    this.outbox = outbox;
  }

  /** Makes a context that wakes the relay after each commit. */
  public static DSLContext context(DataSource pool, SQLDialect dialect, Relay relay) {
    return DSL.using(
        new DefaultConfiguration()
            .set(pool)
            .set(dialect)
            .set(TransactionListener.onCommitEnd(committed -> relay.wakeUp())));
  }

  /** Places an order of the last book and writes its action, or neither. */
  public void place(int id, String customer, String experienceContext) {
    Action action = Action.clicked(customer, experienceContext).platform(Platform.WEB).build();
    ctx.transaction(
        configuration -> {
          DSLContext tx = configuration.dsl(); // not ctx, which has connections of its own
          tx.insertInto(table("orders"), ID).values(id).execute();
          tx.connection(connection -> outbox.add(connection, action));
          tx.update(table("stock")).set(PIECES, PIECES.minus(1)).where(ITEM.eq("book")).execute();
        });
  }
}
