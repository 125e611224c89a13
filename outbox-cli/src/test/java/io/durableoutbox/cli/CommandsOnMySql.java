package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.testdb.TestDatabase;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** MySQL has a certificate that it made itself, and wants TLS or its key for a password. */
class CommandsOnMySql extends MySqlCommandsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.mysql();
  }

  @Override
  String parameters() {
    return "?sslMode=trust";
  }

  @Test
  void withoutTlsTheServersKeyIsEnough() {
    String url = Objects.requireNonNull(cli.environment().get("OUTBOX_JDBC_URL"));
    cli.with("OUTBOX_JDBC_URL", url.replace("trust", "disable&allowPublicKeyRetrieval=true"))
        .ok("status");
  }

  @Test
  void aCertificateThatCannotBeTrustedIsRefusedAndSaysWhatToAdd() {
    String url = Objects.requireNonNull(cli.environment().get("OUTBOX_JDBC_URL"));
    Cli.Result result = cli.with("OUTBOX_JDBC_URL", url.replace(parameters(), "")).run("status");
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.err()).contains("serverSslCert=FILE", "OUTBOX_JDBC_URL", "docs/databases.md");
  }
}
