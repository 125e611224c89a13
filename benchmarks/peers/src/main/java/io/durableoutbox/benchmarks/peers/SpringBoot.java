package io.durableoutbox.benchmarks.peers;

import java.util.Map;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.transaction.PlatformTransactionManager;

/** Starts a Spring Boot application with the given pool and transactions. */
final class SpringBoot {
  private SpringBoot() {}

  /** What is configured by itself. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Automatic {}

  static ConfigurableApplicationContext start(
      Application application,
      Map<String, Object> properties,
      Consumer<GenericApplicationContext> beans,
      Class<?>... sources) {
    // The log is configured already, and goes to the standard error.
    System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
    return new SpringApplicationBuilder(Automatic.class)
        .sources(sources)
        .web(WebApplicationType.NONE)
        .bannerMode(Banner.Mode.OFF)
        .logStartupInfo(false)
        .registerShutdownHook(false)
        .properties(properties)
        .initializers(
            context -> {
              GenericApplicationContext generic = (GenericApplicationContext) context;
              generic.registerBean(
                  DataSource.class,
                  () -> application.pool,
                  definition -> definition.setDestroyMethodName(""));
              generic.registerBean(
                  PlatformTransactionManager.class, () -> application.transactions);
              beans.accept(generic);
            })
        .run();
  }
}
