package io.durableoutbox.spring.test;

import io.durableoutbox.testkit.SimulatedDestination;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.TestExecutionListener;

/** Lets no test see what another one sent, or the faults that it made. */
final class ResetBeforeEachTest implements TestExecutionListener {
  @Override
  public void beforeTestMethod(TestContext context) {
    if (TestContextAnnotationUtils.hasAnnotation(context.getTestClass(), SimulatedMoEngage.class)) {
      context
          .getApplicationContext()
          .getBeanProvider(SimulatedDestination.class)
          .ifAvailable(SimulatedDestination::reset);
    }
  }
}
