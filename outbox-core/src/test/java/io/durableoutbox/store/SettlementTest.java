package io.durableoutbox.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.durableoutbox.Samples;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.store.Settlement.Attempt;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a store is told of actions that are settled. */
class SettlementTest {
  private static final UUID CLAIM = new UUID(1, 2);

  private static Attempt attempt(Outcome outcome) {
    return new Attempt(CLAIM, "relay-a", Duration.ZERO, Duration.ZERO, 1, 1, 10, outcome);
  }

  private static Settlement settled(Disposition disposition, List<Attempt> attempts) {
    ClaimedAction action =
        ClaimedAction.of(
            1,
            Samples.EVENT,
            "user-1",
            null,
            null,
            "MOE_PERSONALIZATION_MESSAGE_SHOWN",
            1_725_258_666,
            "web",
            Samples.CONTEXT,
            true,
            1,
            0,
            null,
            null);
    return new Settlement("shop", CLAIM, List.of(action), disposition, attempts);
  }

  @Test
  void itCountsTheRequestsInWhichItsActionsWereSuspects() {
    List<Attempt> attempts =
        List.of(
            attempt(new Outcome.Refused(400, "no")),
            attempt(new Outcome.Unknown(500, null, null)),
            attempt(new Outcome.Refused(400, "no")));
    assertThat(settled(new Disposition.Rejected("no"), attempts).refusals()).isEqualTo(2);
    assertThat(settled(new Disposition.Unsent(), List.of()).refusals()).isZero();
  }

  @Test
  void aFailureThatProvedAnActionIsToBlameMakesItASuspectToo() {
    Attempt blamed =
        new Attempt(
            CLAIM,
            "relay-a",
            Duration.ZERO,
            Duration.ZERO,
            1,
            1,
            10,
            new Outcome.Unknown(500, null, null),
            true);
    assertThat(settled(new Disposition.Retry(Duration.ZERO, "x"), List.of(blamed)).refusals())
        .isOne();
  }

  @Test
  void nothingIsDeliveredWithoutARequestNorUnsentWithOne() {
    List<Attempt> one = List.of(attempt(new Outcome.Accepted(200, null, null)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settled(new Disposition.Delivered(), List.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> settled(new Disposition.Unsent(), one));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Settlement("shop", CLAIM, List.of(), new Disposition.Delivered(), one));
    assertThat(settled(new Disposition.Delivered(), one).attempts()).hasSize(1);
  }
}
