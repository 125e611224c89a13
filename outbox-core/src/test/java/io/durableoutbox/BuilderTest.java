package io.durableoutbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.Settlement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuilderTest {
  private static final RelayStore STORE =
      new RelayStore() {
        @Override
        public Claim claim(ClaimSpec spec) {
          return new Claim(List.of(), false);
        }

        @Override
        public Settled settle(List<Settlement> settlements) {
          return new Settled(0, 0, 0, 0, 0);
        }
      };

  private static MoEngage.Builder moEngage() {
    return MoEngage.workspace("ID", "key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com",
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://10.0.0.1",
        "http://169.254.169.254"
      })
  void aKeyNeverGoesUnencryptedToAnotherMachine(String url) {
    assertThatThrownBy(() -> moEngage().baseUrl(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("https");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost:8080",
        "http://127.0.0.1:1",
        "http://127.1.2.3",
        "http://[::1]:9",
        "https://proxy.example.com/moengage"
      })
  void httpIsForLoopbackAndHttpsForAll(String url) {
    try (MoEngage destination = moEngage().baseUrl(url).build()) {
      assertThat(destination.toString()).isEqualTo("MoEngage[default]");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://localhost",
        "localhost:80",
        "https://",
        "https://u:p@example.com",
        "https://example.com?x=1",
        "not a url"
      })
  void otherAddressesAreRefused(String url) {
    assertThatThrownBy(() -> moEngage().baseUrl(url)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1234", "ab", "01.evil.com/"})
  void aDataCentreIsTwoOrThreeDigits(String dc) {
    assertThatThrownBy(() -> moEngage().dataCenter(dc))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two or three digits");
    moEngage().dataCenter("01").build().close();
    moEngage().dataCenter("101").build().close();
  }

  @Test
  void theWorkspaceAndAnAddressAreNeeded() {
    assertThatThrownBy(() -> moEngage().build()).hasMessageContaining("dataCenter");
    assertThatThrownBy(() -> moEngage().dataCenter("01").baseUrl("https://example.com"))
        .hasMessageContaining("once");
    assertThatThrownBy(() -> MoEngage.workspace("", "key")).hasMessageContaining("workspace id");
    assertThatThrownBy(() -> MoEngage.workspace("a:b", "key")).hasMessageContaining("workspace id");
    assertThatThrownBy(() -> MoEngage.workspace("a\nb", "key"))
        .hasMessageContaining("workspace id");
    assertThatThrownBy(() -> moEngage().callTimeout(Duration.ZERO))
        .hasMessageContaining("callTimeout");
    assertThatThrownBy(() -> moEngage().callTimeout(Duration.ofHours(1)))
        .hasMessageContaining("callTimeout");
  }

  @Test
  void theLeaseMustExceedTheCallTimeout() {
    try (MoEngage slow = moEngage().dataCenter("01").callTimeout(Duration.ofSeconds(40)).build()) {
      assertThatThrownBy(() -> Relay.builder(STORE, slow).lease(Duration.ofSeconds(30)).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "lease PT30S must exceed callTimeout PT40S of workspace default by more than PT5S");
      Relay.builder(STORE, slow).lease(Duration.ofSeconds(46)).build().close();
    }
  }

  @Test
  void twoDestinationsOfOneWorkspaceAreRefusedAndSoIsNone() {
    try (MoEngage one = moEngage().dataCenter("01").build();
        MoEngage two = moEngage().dataCenter("02").build()) {
      assertThatThrownBy(() -> Relay.builder(STORE, one, two).build())
          .hasMessageContaining("two destinations serve workspace default");
    }
    assertThatThrownBy(() -> Relay.builder(STORE).build())
        .hasMessageContaining("at least one destination");
  }

  @Test
  void eachSettingChecksItselfAndSaysItsName() {
    try (MoEngage destination = moEngage().dataCenter("01").build()) {
      Relay.Builder b = Relay.builder(STORE, destination);
      assertThatThrownBy(() -> b.name("a b")).hasMessageContaining("name");
      assertThatThrownBy(() -> b.pollInterval(Duration.ofNanos(1)))
          .hasMessageContaining("pollInterval");
      assertThatThrownBy(() -> b.lease(Duration.ZERO)).hasMessageContaining("lease");
      assertThatThrownBy(() -> b.lease(Duration.ofDays(1000))).hasMessageContaining("lease");
      assertThatThrownBy(() -> b.retryBackoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
          .hasMessageContaining("retryBackoff");
      assertThatThrownBy(() -> b.closeTimeout(Duration.ofSeconds(-1)))
          .hasMessageContaining("closeTimeout");
      assertThatThrownBy(() -> b.maxRequestsInFlight(0))
          .hasMessageContaining("maxRequestsInFlight");
      assertThatThrownBy(() -> b.maxElementsPerRequest(101))
          .hasMessageContaining("maxElementsPerRequest");
      assertThatThrownBy(() -> b.maxActionsPerRequest(0))
          .hasMessageContaining("maxActionsPerRequest");
      assertThatThrownBy(() -> b.maxRequestBytes(10)).hasMessageContaining("maxRequestBytes");
    }
  }
}
