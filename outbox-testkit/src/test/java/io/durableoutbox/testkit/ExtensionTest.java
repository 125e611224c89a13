package io.durableoutbox.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;

class ExtensionTest {
  @RegisterExtension
  static final SimulatedDestinationExtension SHARED =
      new SimulatedDestinationExtension(SimulatedDestination.builder().workspaceId("SHARED"));

  private static final ExtensionContext CONTEXT =
      (ExtensionContext)
          Proxy.newProxyInstance(
              ExtensionTest.class.getClassLoader(),
              new Class<?>[] {ExtensionContext.class},
              (proxy, method, args) -> null);
  private static final Set<SimulatedDestination> SEEN = new HashSet<>();

  @RegisterExtension final SimulatedDestinationExtension own = new SimulatedDestinationExtension();

  @RepeatedTest(2)
  void resetsBeforeEachTest() throws Exception {
    SimulatedDestination destination = SHARED.destination();
    assertThat(destination.workspaceId()).isEqualTo("SHARED");
    assertThat(destination.requestCount()).isZero();
    assertThat(new TestClient(destination).post(TestClient.BODY).statusCode()).isEqualTo(200);
    SEEN.add(destination);
    assertThat(SEEN).hasSize(1);
  }

  @Test
  void givesEachTestOneOfItsOwnFromAFieldThatIsNotStatic() throws Exception {
    SimulatedDestination destination = own.destination();
    assertThat(destination).isNotSameAs(SHARED.destination());
    assertThat(new TestClient(destination).post(TestClient.BODY).statusCode()).isEqualTo(200);
  }

  @Nested
  class InANestedClass {
    @Test
    void isTheSame() {
      SEEN.add(SHARED.destination());
      assertThat(SEEN).hasSize(1);
    }
  }

  @Test
  void closesAfterTheLastOfTheClassesThatUseIt() {
    SimulatedDestinationExtension extension = new SimulatedDestinationExtension();
    extension.beforeAll(CONTEXT);
    SimulatedDestination destination = extension.destination();
    extension.beforeAll(CONTEXT);
    extension.beforeEach(CONTEXT);
    extension.afterEach(CONTEXT);
    extension.afterAll(CONTEXT);
    assertThat(extension.destination()).isSameAs(destination);
    destination.resume();
    extension.afterAll(CONTEXT);
    assertThatThrownBy(destination::resume).isInstanceOf(IllegalStateException.class);
  }
}
