package io.durableoutbox.spring.test;

import io.durableoutbox.spring.OutboxAutoConfiguration;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Import;

/**
 * Lets the relay of a test's application context send to a {@link
 * io.durableoutbox.testkit.SimulatedDestination} on this machine, whatever the settings say, and
 * makes that a bean to inject. One destination takes the actions of all workspaces, and is reset
 * before each test; what waits in the outbox, and a workspace that is paused, stay.
 *
 * <p>Put it on a test class with {@code @SpringBootTest}; on one of a slice that has a data source,
 * like {@code @DataJpaTest} or {@code @JdbcTest}, which then has the outbox, too; or on a
 * {@code @TestConfiguration}, to run the application with it while it is written.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration(OutboxAutoConfiguration.class)
@Import(SimulatedMoEngageConfiguration.class)
public @interface SimulatedMoEngage {}
