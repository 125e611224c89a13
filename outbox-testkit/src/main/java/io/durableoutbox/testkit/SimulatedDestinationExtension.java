package io.durableoutbox.testkit;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives the tests of a class, and of its nested classes, one {@link SimulatedDestination}: started
 * before the first of them, reset before each, closed after the last. Ask for it as a parameter,
 * with {@code @ExtendWith}, or call {@link #destination()} of a static {@code @RegisterExtension}
 * field. In a field that is not static, each test gets one of its own.
 *
 * <p>Tests that run concurrently in one class share the destination and its resets: let them have
 * one each. Works with JUnit 5 and 6. Thread-safe.
 */
public final class SimulatedDestinationExtension
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        ParameterResolver {
  private final SimulatedDestination.Builder builder;
  private @Nullable SimulatedDestination destination;
  // Classes and tests that are under way: when the last of them ends, the destination goes.
  private int users;

  /** Makes the extension for a destination with the defaults; starts nothing. */
  public SimulatedDestinationExtension() {
    this(SimulatedDestination.builder());
  }

  /** Makes the extension for a destination that is set up so; starts nothing. */
  public SimulatedDestinationExtension(SimulatedDestination.Builder builder) {
    this.builder = Objects.requireNonNull(builder);
  }

  /** Returns the destination, and starts it when it is first asked for. */
  public synchronized SimulatedDestination destination() {
    SimulatedDestination d = destination;
    if (d == null) {
      d = builder.start();
      destination = d;
    }
    return d;
  }

  @Override
  public synchronized void beforeAll(ExtensionContext context) {
    users++;
  }

  @Override
  public synchronized void beforeEach(ExtensionContext context) {
    users++;
    destination().reset();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    leave();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    leave();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == SimulatedDestination.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return destination();
  }

  private synchronized void leave() {
    users--;
    SimulatedDestination d = destination;
    if (users == 0 && d != null) {
      destination = null;
      d.close();
    }
  }
}
