package io.durableoutbox.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.testdb.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The README's programs, run as a reader would run them. */
class ShopExampleTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private int run(String... args) throws Exception {
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      return ShopExample.run(args, out);
    }
  }

  private String output() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theShopEndsWithAnAuditThatAgreesOnH2() throws Exception {
    assertThat(run()).as(output()).isZero();
    assertShop();
  }

  @Test
  void theShopEndsWithAnAuditThatAgreesOnPostgres() throws Exception {
    try (TestDatabase postgres = TestDatabase.postgres()) {
      assertThat(
              run(
                  "--jdbc-url", postgres.jdbcUrl(),
                  "--jdbc-user", postgres.user(),
                  "--jdbc-password", postgres.password()))
          .as(output())
          .isZero();
    }
    assertShop();
  }

  private void assertShop() {
    assertThat(output())
        .containsPattern("delivered +\\d+ +\\w{8} +aa886712-4537-47c1-b126-2686efda2e26 +john@")
        .contains("1 duplicate, no second row")
        .contains("rolled back and never seen: 1")
        .contains("63 actions")
        .contains("OK: every committed action was delivered")
        .doesNotContain("DIFFERENCE");
  }

  @Test
  void theQuickStartDelivers() throws Exception {
    PrintStream before = System.out;
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      QuickStart.main(new String[0]);
    } finally {
      System.setOut(before);
    }
    assertThat(output()).containsPattern("delivered \\[\\w{8}]");
  }

  @Test
  void whatPeopleDoAfterwardsIsToldAndDone() throws Exception {
    PrintStream before = System.out;
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      Upkeep.main(new String[0]);
    } finally {
      System.setOut(before);
    }
    assertThat(output())
        .containsPattern("(?s)rejected.*1 rejected, more: false.*delivered.*0 rejected")
        .contains("is known: false")
        .doesNotContain("anna@", "john@");
  }

  @Test
  void anUnknownOptionIsRefusedWithTheUsage() {
    assertThatThrownBy(() -> run("--jdbc", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--jdbc-url");
    assertThatThrownBy(() -> run("--jdbc-url"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs a value");
    assertThatThrownBy(() -> ShopSettings.of(new String[0], Map.of("MOENGAGE_WORKSPACE_ID", "ID")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MOENGAGE_API_KEY");
  }
}
