package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Request;
import io.durableoutbox.spi.Request.Element;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PackerProperties {
  private static final int MAX_BYTES = 20_000;

  private static Packer packer(int maxElements, int maxActions) {
    RelaySettings settings =
        new RelaySettings(
            "relay-1",
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            8,
            maxElements,
            maxActions,
            MAX_BYTES,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));
    return new Packer(settings, new Uuids(InstantSource.system(), new Random(1)));
  }

  @Provide
  Arbitrary<List<ClaimedAction>> actions() {
    Arbitrary<String> users = Arbitraries.integers().between(0, 30).map(n -> "user-" + n);
    Arbitrary<Integer> offsets = Arbitraries.of(0, 0, 0, 3600).injectNull(0.3);
    Arbitrary<String> userAttributes = Arbitraries.of("{}", "{\"a\":1}").injectNull(0.8);
    Arbitrary<Integer> sizes =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(20, Arbitraries.integers().between(0, 500)),
            net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(5_000, 30_000)));
    return Combinators.combine(users, offsets, userAttributes, sizes)
        .as((u, o, a, s) -> Claimed.of(0, u, o, a, "x".repeat(s)))
        .list()
        .ofMaxSize(300)
        .map(
            list -> {
              List<ClaimedAction> numbered = new ArrayList<>();
              for (int i = 0; i < list.size(); i++) {
                ClaimedAction a = list.get(i);
                numbered.add(
                    Claimed.of(
                        i + 1,
                        a.customerId(),
                        a.userTimezoneOffset(),
                        a.userAttributes(),
                        a.attributes()));
              }
              return numbered;
            });
  }

  @Property(tries = 300)
  void everyActionIsInOneRequestAndEveryRequestWithinItsBounds(
      @ForAll("actions") List<ClaimedAction> actions,
      @ForAll @IntRange(min = 1, max = 100) int maxElements,
      @ForAll @IntRange(min = 1, max = 200) int maxActions) {
    List<Request> requests = packer(maxElements, maxActions).pack(actions);
    List<ClaimedAction> packed = new ArrayList<>();
    Map<String, Long> lastOfUser = new HashMap<>();
    for (Request request : requests) {
      Set<String> users = new HashSet<>();
      long bytes = 0;
      for (Element element : request.elements()) {
        assertThat(users.add(element.customerId())).isTrue();
        for (ClaimedAction action : element.actions()) {
          assertThat(action.customerId()).isEqualTo(element.customerId());
          assertThat(action.userTimezoneOffset()).isEqualTo(element.userTimezoneOffset());
          assertThat(action.userAttributes()).isEqualTo(element.userAttributes());
          Long before = lastOfUser.put(action.customerId(), action.id());
          assertThat(before == null || before < action.id()).isTrue();
          bytes += action.bytes();
          packed.add(action);
        }
      }
      assertThat(request.elements().size()).isLessThanOrEqualTo(maxElements);
      assertThat(request.actions().size()).isLessThanOrEqualTo(maxActions);
      assertThat(bytes <= MAX_BYTES || request.actions().size() == 1).isTrue();
    }
    assertThat(packed).containsExactlyInAnyOrderElementsOf(actions);
  }

  @Test
  void manyUsersFillTheirRequests() {
    List<ClaimedAction> actions = new ArrayList<>();
    for (int i = 0; i < 801; i++) {
      actions.add(Claimed.of(i + 1, "u" + i, null, null, "{}"));
    }
    RelaySettings roomy =
        new RelaySettings(
            "relay-1",
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            8,
            100,
            1000,
            1_000_000,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));
    List<Request> requests =
        new Packer(roomy, new Uuids(InstantSource.system(), new Random(1))).pack(actions);
    assertThat(requests).hasSize(9);
    assertThat(requests.subList(0, 8)).allMatch(r -> r.elements().size() == 100);
  }
}
