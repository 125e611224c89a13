package io.durableoutbox.internal.relay.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Request;
import io.durableoutbox.destination.Request.Element;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.Uuids;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How actions fold into requests. */
class RequestPackerPropertiesTest {
  private static final int ENVELOPE_BYTES = 16;

  /** The bounds of a request. */
  record Bounds(int elements, int actions, int bytes) {}

  /** What an action is made of: a user of few, a variant of that user's element, and a size. */
  record Spec(int user, int variant, int size, int refusals) {
    Spec(int user, int variant, int size) {
      this(user, variant, size, 0);
    }
  }

  @Property(tries = 500)
  void eachActionIsInExactlyOneRequest(
      @ForAll("specs") List<Spec> specs, @ForAll("bounds") Bounds bounds) {
    List<ClaimedAction> actions = actions(specs);
    List<ClaimedAction> packed =
        pack(actions, bounds).stream().flatMap(r -> r.actions().stream()).toList();
    assertThat(packed).containsExactlyInAnyOrderElementsOf(actions);
  }

  @Property(tries = 500)
  void noRequestIsBeyondItsBoundsUnlessItIsOneActionAlone(
      @ForAll("specs") List<Spec> specs, @ForAll("bounds") Bounds bounds) {
    for (Request request : pack(actions(specs), bounds)) {
      assertThat(request.elements()).hasSizeBetween(1, bounds.elements());
      assertThat(request.actions()).hasSizeBetween(1, bounds.actions());
      if (request.actions().size() > 1) {
        assertThat(bytes(request)).isLessThanOrEqualTo(bounds.bytes());
      }
    }
  }

  @Property(tries = 500)
  void aRequestHasOneElementForAUserAndAllItsActionsShareIt(
      @ForAll("specs") List<Spec> specs, @ForAll("bounds") Bounds bounds) {
    for (Request request : pack(actions(specs), bounds)) {
      assertThat(request.elements()).extracting(Element::customerId).doesNotHaveDuplicates();
      for (Element element : request.elements()) {
        assertThat(element.actions())
            .allSatisfy(
                a -> {
                  assertThat(a.customerId()).isEqualTo(element.customerId());
                  assertThat(a.userTimezoneOffset()).isEqualTo(element.userTimezoneOffset());
                  assertThat(a.userAttributes()).isEqualTo(element.userAttributes());
                });
      }
    }
  }

  @Property(tries = 500)
  void aUsersActionsKeepTheirOrderWithinAndAcrossRequests(
      @ForAll("specs") List<Spec> specs, @ForAll("bounds") Bounds bounds) {
    Map<String, Long> last = new HashMap<>();
    for (Request request : pack(actions(specs), bounds)) {
      for (Element element : request.elements()) {
        for (ClaimedAction action : element.actions()) {
          Long before = last.put(element.customerId(), action.id());
          assertThat(before == null || before < action.id()).isTrue();
        }
      }
    }
  }

  @Property(tries = 300)
  void nothingLeftForLaterWouldHaveFitted(
      @ForAll("specs") List<Spec> specs, @ForAll("bounds") Bounds bounds) {
    List<Request> requests = pack(actions(specs), bounds);
    for (int i = 0; i + 1 < requests.size(); i++) {
      Request request = requests.get(i);
      Map<String, Element> elements = new HashMap<>();
      request.elements().forEach(e -> elements.put(e.customerId(), e));
      // Only the oldest action that each user has left: the others must stay behind it.
      Map<String, ClaimedAction> oldest = new HashMap<>();
      for (Request later : requests.subList(i + 1, requests.size())) {
        for (ClaimedAction action : later.actions()) {
          oldest.putIfAbsent(action.customerId(), action);
        }
      }
      for (ClaimedAction left : oldest.values()) {
        Element same = elements.get(left.customerId());
        boolean fits =
            request.actions().size() < bounds.actions()
                && bytes(request) + left.bytes() <= bounds.bytes()
                && (same == null
                    ? elements.size() < bounds.elements()
                    : Objects.equals(same.userTimezoneOffset(), left.userTimezoneOffset())
                        && Objects.equals(same.userAttributes(), left.userAttributes()));
        assertThat(fits).as("action %s fits into request %s", left.id(), i).isFalse();
      }
    }
  }

  @Property(tries = 100)
  void distinctUsersFillTheirRequests(
      @ForAll @IntRange(min = 1, max = 1_000) int users,
      @ForAll @IntRange(min = 1, max = 100) int elements) {
    List<Spec> specs = new ArrayList<>();
    for (int i = 0; i < users; i++) {
      specs.add(new Spec(i, 0, 10));
    }
    assertThat(pack(actions(specs), new Bounds(elements, 1_000, 100_000)))
        .hasSize((users + elements - 1) / elements);
  }

  @Property(tries = 100)
  void oneUsersActionsFillTheirRequests(
      @ForAll @IntRange(min = 1, max = 1_000) int actions,
      @ForAll @IntRange(min = 1, max = 100) int maxActions) {
    List<Spec> specs = new ArrayList<>();
    for (int i = 0; i < actions; i++) {
      specs.add(new Spec(1, 0, 10));
    }
    assertThat(pack(actions(specs), new Bounds(100, maxActions, 10_000_000)))
        .hasSize((actions + maxActions - 1) / maxActions);
  }

  @Test
  void anActionLargerThanARequestGoesAlone() {
    List<ClaimedAction> actions =
        actions(List.of(new Spec(1, 0, 10), new Spec(2, 0, 200_000), new Spec(3, 0, 10)));
    List<Request> requests = pack(actions, new Bounds(100, 1_000, 100_000));
    assertThat(requests).hasSize(2);
    assertThat(requests.get(0).actions()).containsExactly(actions.get(0), actions.get(2));
    assertThat(requests.get(1).actions()).containsExactly(actions.get(1));
  }

  @Test
  void aUserWhoseActionDidNotFitIsNotOvertakenByTheirOwnNext() {
    List<ClaimedAction> actions =
        actions(List.of(new Spec(1, 0, 200), new Spec(2, 0, 99_400), new Spec(2, 0, 10)));
    List<Request> requests = pack(actions, new Bounds(100, 1_000, 100_000));
    assertThat(requests).hasSize(2);
    assertThat(requests.get(0).actions()).containsExactly(actions.get(0));
    assertThat(requests.get(1).actions()).containsExactly(actions.get(1), actions.get(2));
  }

  @Test
  void nothingPacksIntoNothing() {
    assertThat(pack(List.of(), new Bounds(100, 1_000, 100_000))).isEmpty();
  }

  @Test
  void eachRequestHasAVersion7IdOfItsOwn() {
    List<Spec> specs = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      specs.add(new Spec(i, 0, 10));
    }
    Set7 ids = new Set7();
    pack(actions(specs), new Bounds(1, 1_000, 100_000)).forEach(r -> ids.add(r.id()));
    assertThat(ids.seen).hasSize(500);
  }

  private static final class Set7 {
    private final HashSet<UUID> seen = new HashSet<>();

    void add(UUID id) {
      assertThat(id.version()).isEqualTo(7);
      assertThat(id.variant()).isEqualTo(2);
      seen.add(id);
    }
  }

  @Provide
  Arbitrary<List<Spec>> specs() {
    Arbitrary<Integer> sizes =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.integers().between(1, 300)),
            Tuple.of(1, Arbitraries.integers().between(300, 3_000)));
    return Combinators.combine(
            Arbitraries.integers().between(1, 12),
            Arbitraries.frequency(Tuple.of(6, 0), Tuple.of(1, 1), Tuple.of(1, 2)),
            sizes)
        .as(Spec::new)
        .list()
        .ofMaxSize(60);
  }

  @Provide
  Arbitrary<Bounds> bounds() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 15),
            Arbitraries.integers().between(1, 30),
            Arbitraries.of(1_000, 2_000, 5_000, 20_000))
        .as(Bounds::new);
  }

  private static List<ClaimedAction> actions(List<Spec> specs) {
    List<ClaimedAction> actions = new ArrayList<>();
    for (Spec spec : specs) {
      @Nullable Integer offset = spec.variant == 1 ? 3_600 : null;
      @Nullable String attributes = spec.variant == 2 ? "{\"vip\":true}" : null;
      actions.add(
          ClaimedAction.of(
              actions.size() + 1,
              new UUID(0x4000, actions.size()),
              "user-" + spec.user,
              offset,
              attributes,
              "MOE_PERSONALIZATION_MESSAGE_SHOWN",
              1_725_258_666,
              "web",
              "{\"a\":\"" + "x".repeat(spec.size) + "\"}",
              true,
              1,
              spec.refusals,
              null,
              null));
    }
    return actions;
  }

  private static List<Request> pack(List<ClaimedAction> actions, Bounds bounds) {
    RelaySettings settings =
        new RelaySettings(
            "relay",
            Duration.ofMillis(500),
            Duration.ofSeconds(60),
            new RelaySettings.Requests(
                1, 4, bounds.elements(), bounds.actions(), bounds.bytes(), 0, 0),
            new RelaySettings.Retries(
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                Duration.ofMinutes(15),
                Duration.ofHours(24),
                20));
    Uuids uuids = new Uuids(InstantSource.system(), new SplittableRandom(1));
    return new RequestPacker(settings, uuids).pack(actions);
  }

  private static long bytes(Request request) {
    return ENVELOPE_BYTES + request.actions().stream().mapToLong(ClaimedAction::bytes).sum();
  }
}
