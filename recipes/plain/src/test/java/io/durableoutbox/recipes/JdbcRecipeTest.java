package io.durableoutbox.recipes;

class JdbcRecipeTest extends RecipeContract {
  @Override
  Orders orders() {
    return new JdbcOrders(pool, outbox, relay)::place;
  }
}
