package io.durableoutbox.cli;

import io.durableoutbox.testdb.TestDatabase;

class H2CommandsTest extends CommandsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.h2();
  }

  @Override
  Cli readOnly(Cli cli) {
    String url = "jdbc:h2:file:" + directory.resolve("outbox").toAbsolutePath();
    cli.with("OUTBOX_JDBC_URL", url).ok("migrate");
    return cli.with("OUTBOX_JDBC_URL", url + ";ACCESS_MODE_DATA=r");
  }
}
