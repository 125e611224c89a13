package io.durableoutbox.recipes;

import com.zaxxer.hikari.HikariConfig;

class JdbcAutoCommitOffRecipeTest extends JdbcRecipeTest {
  @Override
  void setUp(HikariConfig config) {
    config.setAutoCommit(false);
  }
}
