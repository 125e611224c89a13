package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class PostgresCommandsTest extends CommandsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres();
  }

  @Override
  Cli readOnly(Cli cli) {
    String url = cli.environment().get("OUTBOX_JDBC_URL");
    return cli.with("OUTBOX_JDBC_URL", url + "?options=-c%20default_transaction_read_only=on");
  }

  @Test
  void aMissingPrivilegeNamesTheRoleThatHasIt() throws SQLException {
    String reader = "reader" + ProcessHandle.current().pid();
    execute("CREATE ROLE " + reader + " LOGIN PASSWORD 'hunter2'");
    try {
      execute("GRANT USAGE ON SCHEMA events TO " + reader);
      execute("GRANT SELECT ON ALL TABLES IN SCHEMA events TO " + reader);
      cli.with("OUTBOX_JDBC_USER", reader).with("OUTBOX_JDBC_PASSWORD", "hunter2");
      Cli.Result pause = cli.run("pause", "--even-if-unknown");
      assertThat(pause.code()).isEqualTo(ExitCode.FAILED);
      assertThat(pause.err())
          .contains("(SQLState 42501): this user lacks a privilege")
          .contains("pause needs the role outbox_operator (docs/roles.md)");
      assertThat(cli.run("purge").err()).contains("purge needs the tables' owner");
    } finally {
      execute("DROP OWNED BY " + reader);
      execute("DROP ROLE " + reader);
    }
  }
}
