package io.durableoutbox.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import java.sql.SQLException;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.junit.jupiter.api.Test;

class JooqRecipeTest extends RecipeContract {
  @Override
  Orders orders() {
    return new JooqOrders(JooqOrders.context(pool, SQLDialect.H2, relay), outbox)::place;
  }

  @Test
  void theContextOutsideOfTheTransactionIsRefused() throws SQLException {
    DSLContext ctx = JooqOrders.context(pool, SQLDialect.H2, relay);
    Action action = Action.shown("john@example.com", CONTEXT).platform(Platform.WEB).build();
    assertThatThrownBy(
            () ->
                ctx.transaction(tx -> ctx.connection(connection -> outbox.add(connection, action))))
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("auto-commit on");
    assertThat(count("outbox")).isZero();
  }
}
