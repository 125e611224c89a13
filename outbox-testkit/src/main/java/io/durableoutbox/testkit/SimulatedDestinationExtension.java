package io.durableoutbox.testkit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives the tests of a class a {@link SimulatedDestination}: started for the first of them, reset
 * before each, closed after the last. Ask for it as a parameter, with {@code @ExtendWith}, or call
 * {@link #destination()} of a {@code @RegisterExtension} field that is static.
 */
public final class SimulatedDestinationExtension
    implements BeforeEachCallback, AfterAllCallback, ParameterResolver {
  private @Nullable SimulatedDestination destination;

  /** Makes the extension; starts nothing. */
  public SimulatedDestinationExtension() {}

  /** Returns the destination, and starts it when it is first asked for. */
  public synchronized SimulatedDestination destination() {
    SimulatedDestination d = destination;
    if (d == null) {
      d = SimulatedDestination.start();
      destination = d;
    }
    return d;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    destination().reset();
  }

  @Override
  public synchronized void afterAll(ExtensionContext context) {
    if (destination != null) {
      destination.close();
      destination = null;
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == SimulatedDestination.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return destination();
  }
}
