package io.durableoutbox;

import static io.durableoutbox.Samples.CANARY;
import static io.durableoutbox.Samples.CONTEXT;
import static io.durableoutbox.Samples.EVENT;
import static io.durableoutbox.Samples.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.destination.Request;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the destination's builder refuses. */
class MoEngageBuilderTest {
  private static final String LOOPBACK_ONLY =
      "baseUrl must be https, because the key goes with each request; http is for loopback only";

  @ParameterizedTest
  @ValueSource(strings = {"01", "02", "03", "04", "05", "06", "101", "99"})
  void aDataCentreIsTwoOrThreeDigits(String dc) {
    builder().dataCenter(dc).build().close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1", "1234", "abcd", "0a", "01 ", "01\n", "\u0661\u0662", "1.evil.com/", "-1"})
  void anyOtherDataCentreIsRefused(String dc) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().dataCenter(dc))
        .withMessage("dataCenter must be two or three digits, like \"01\" or \"101\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://sdk-01.moengage.com",
        "HTTPS://sdk-01.moengage.com/",
        "https://proxy.example.com:8443/moengage",
        "http://localhost:8080",
        "http://LocalHost",
        "http://127.0.0.1:8080",
        "http://127.1.2.3",
        "http://[::1]:8080/base/"
      })
  void anHttpsUrlOrALoopbackOneIsAccepted(String url) {
    builder().baseUrl(url).build().close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://sdk-01.moengage.com",
        "http://localhost.evil.com",
        "http://localhost.",
        "http://127.0.0.1.evil.com",
        "http://127.evil.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://128.0.0.1",
        "http://[::2]",
        "http://[2001:db8::1]",
        "HTTP://example.com"
      })
  void plainHttpIsForLoopbackOnly(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().baseUrl(url))
        .withMessage(LOOPBACK_ONLY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sdk-01.moengage.com",
        "/path",
        "ftp://localhost",
        "https:///path",
        "file:///etc",
        "mailto:a@b.c"
      })
  void whatIsNoAbsoluteHttpUrlIsRefused(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().baseUrl(url))
        .withMessage("baseUrl must be an absolute URL, like https://sdk-01.moengage.com");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://user:secret@sdk-01.moengage.com",
        "https://sdk-01.moengage.com?a=b",
        "https://sdk-01.moengage.com#a",
        "http://localhost@evil.com",
        "http://localhost:80@evil.com"
      })
  void aUrlWithUserQueryOrFragmentIsRefused(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().baseUrl(url))
        .withMessageStartingWith("baseUrl must");
  }

  @Test
  void theAddressIsRequiredAndSetOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().build())
        .withMessage("set dataCenter, like \"01\", or baseUrl");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().dataCenter("01").baseUrl("https://example.com"))
        .withMessage("set either dataCenter or baseUrl, and once");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().dataCenter("01").dataCenter("01"))
        .withMessage("set either dataCenter or baseUrl, and once");
  }

  @Test
  void aCallTimeoutIsFromAMillisecondToTenMinutes() {
    builder().dataCenter("01").callTimeout(Duration.ofMillis(1)).build().close();
    builder().dataCenter("01").callTimeout(Duration.ofMinutes(10)).build().close();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().callTimeout(Duration.ofNanos(999_999)))
        .withMessage("callTimeout must be from 1 ms to 10 min, not PT0.000999999S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().callTimeout(Duration.ofMinutes(10).plusNanos(1)))
        .withMessageStartingWith("callTimeout must be from 1 ms to 10 min");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().callTimeout(Duration.ofSeconds(-1)))
        .withMessageStartingWith("callTimeout must be from 1 ms to 10 min");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a:b", "a b", "a\n", "\u00e9"})
  void aWorkspaceIdThatNoHeaderCanHoldIsRefused(String id) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MoEngage.workspace(id, "key"))
        .withMessage(
            "the workspace id must be 1 to 200 printable characters without spaces or colons");
  }

  @Test
  void aMissingKeyIsRefused() {
    assertThatNullPointerException()
        .isThrownBy(() -> MoEngage.workspace("W1", (String) nothing()))
        .withMessage("apiKey");
    assertThatNullPointerException()
        .isThrownBy(() -> MoEngage.workspace("W1", noSupplier()))
        .withMessage("apiKey");
  }

  private static Supplier<String> noSupplier() {
    return nothing();
  }

  @Test
  void aNameThatNoActionCanHaveIsRefused() {
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> builder().name("two words"))
        .withMessageContaining("must be 1 to 64 letters, digits, dots, underscores or hyphens");
  }

  @Test
  void itIsNamedDefaultAndTakesTwentySecondsUnlessToldOtherwise() {
    try (MoEngage plain = builder().dataCenter("01").build();
        MoEngage named =
            builder().dataCenter("01").name("shop").callTimeout(Duration.ofSeconds(3)).build()) {
      assertThat(plain.workspace()).isEqualTo(Action.DEFAULT_WORKSPACE);
      assertThat(plain.callTimeout()).isEqualTo(Duration.ofSeconds(20));
      assertThat(named.workspace()).isEqualTo("shop");
      assertThat(named.callTimeout()).isEqualTo(Duration.ofSeconds(3));
    }
  }

  @Test
  void itsStringFormHoldsNoCredentials() {
    try (MoEngage moEngage = MoEngage.workspace("W-ID", CANARY).dataCenter("01").build()) {
      assertThat(moEngage).hasToString("MoEngage[default]");
    }
  }

  @Test
  void theThreadsThatWaitForAnswersAreMadeByWhatWasGiven() throws Exception {
    AtomicInteger made = new AtomicInteger();
    ClaimedAction action =
        ClaimedAction.of(
            1,
            EVENT,
            "john@example.com",
            null,
            null,
            "A",
            1,
            "web",
            CONTEXT,
            true,
            1,
            0,
            null,
            null);
    Request request =
        new Request(
            EVENT, List.of(new Request.Element("john@example.com", null, null, List.of(action))));
    // Nobody listens there.
    try (MoEngage moEngage =
        builder()
            .baseUrl("http://127.0.0.1:1")
            .threadFactory(
                task -> {
                  made.incrementAndGet();
                  return new Thread(task);
                })
            .build()) {
      Reply reply = moEngage.send(request).toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(reply.outcome().name()).isEqualTo("unavailable");
    }
    assertThat(made).hasValue(1);
  }

  private static MoEngage.Builder builder() {
    return MoEngage.workspace("W1", "key");
  }

  @Test
  void anAddressThatCantBeReadIsNotRepeatedInTheMessage() {
    assertThatThrownBy(
            () -> MoEngage.workspace("ID", "key").baseUrl("https://user:secret@host name/"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("baseUrl")
        .hasNoCause()
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    assertThatThrownBy(() -> MoEngage.workspace("ID", "key").baseUrl("https://host:99999"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("baseUrl");
  }
}
