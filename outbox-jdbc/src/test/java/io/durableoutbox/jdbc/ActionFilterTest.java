package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ActionFilterTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

  @Test
  void eachStepNarrowsAndKeepsWhatWasGivenBefore() {
    UUID uuid = UUID.randomUUID();
    UUID request = UUID.randomUUID();
    ActionFilter filter =
        ActionFilter.all()
            .workspace("eu")
            .customerId("anna@example.com")
            .states(ActionState.REJECTED, ActionState.CANCELLED)
            .eventUuids(Set.of(uuid))
            .requestId(request)
            .reqId("SKuSLFnX")
            .reasonContains("400")
            .from(NOON)
            .to(NOON.plusSeconds(1));
    assertThat(filter)
        .isEqualTo(
            new ActionFilter(
                "eu",
                "anna@example.com",
                Set.of(ActionState.CANCELLED, ActionState.REJECTED),
                Set.of(uuid),
                request,
                "SKuSLFnX",
                "400",
                NOON,
                NOON.plusSeconds(1)));
    assertThat(filter.isEmpty()).isFalse();
    assertThat(ActionFilter.all().isEmpty()).isTrue();
  }

  @Test
  void itsTextHasNoPersonalData() {
    assertThat(ActionFilter.all()).hasToString("all actions");
    assertThat(
            ActionFilter.all()
                .workspace("eu")
                .customerId("anna@example.com")
                .states(ActionState.REJECTED)
                .reasonContains("anna@example.com")
                .from(NOON))
        .hasToString(
            "workspace eu, one customer, state rejected, a text in the reason, from"
                + " 2026-11-25T12:00:00Z");
  }

  @Test
  void whatCantBeIsRefusedByName() {
    assertThatThrownBy(() -> ActionFilter.all().workspace(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("workspace");
    assertThatThrownBy(() -> ActionFilter.all().customerId("a\0b"))
        .hasMessageContaining("customerId")
        .hasMessageNotContaining("a\0b");
    assertThatThrownBy(() -> ActionFilter.all().from(NOON).to(NOON))
        .hasMessageContaining("must be before");
    assertThatThrownBy(() -> ActionFilter.all().eventUuids(Set.of()))
        .hasMessageContaining("would mean all actions");
    Set<UUID> many = new HashSet<>();
    while (many.size() <= ActionFilter.MAX_UUIDS) {
      many.add(UUID.randomUUID());
    }
    assertThatThrownBy(() -> ActionFilter.all().eventUuids(many))
        .hasMessageContaining("at most 10000");
  }

  @Test
  void statesHaveTheirNamesOfTheView() {
    for (ActionState state : ActionState.values()) {
      assertThat(ActionState.ofSqlName(state.sqlName())).isEqualTo(state);
    }
    assertThat(ActionState.RETRYING.isWaiting()).isTrue();
    assertThat(ActionState.CANCELLED.isWaiting()).isFalse();
  }
}
