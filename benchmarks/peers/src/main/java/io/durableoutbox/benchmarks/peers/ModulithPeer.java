package io.durableoutbox.benchmarks.peers;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.TaskExecutor;
import org.springframework.modulith.events.IncompleteEventPublications;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * Spring Modulith's event publication registry with JDBC: an application event for each event.
 *
 * <p>Settings (docs.spring.io/spring-modulith/reference/events.html and .../appendix.html):
 *
 * <ul>
 *   <li>The listener is asynchronous and transactional, but has no transaction of its own, since it
 *       writes nothing: the first form that the page shows. {@code @ApplicationModuleListener}
 *       would hold a connection while the destination answers.
 *   <li>Completion mode {@code delete}: nothing has to be purged.
 *   <li>The executor has as many threads as there may be requests in flight.
 *   <li>It catches up as a service that was down: {@code resubmitIncompletePublications} after a
 *       restart. Publishing marks nothing, but resubmitting marks each publication in the calling
 *       thread.
 * </ul>
 */
final class ModulithPeer implements Peer {
  /** For applications without it. */
  static final String AUTO_CONFIGURATIONS =
      "org.springframework.modulith.events.config.EventPublicationAutoConfiguration,"
          + "org.springframework.modulith.events.config.EventExternalizationAutoConfiguration,"
          + "org.springframework.modulith.events.jdbc.JdbcEventPublicationAutoConfiguration,"
          + "org.springframework.modulith.events.jackson.JacksonEventSerializationConfiguration,"
          + "org.springframework.modulith.moments.autoconfigure.MomentsAutoConfiguration";

  private final Application application;
  private final Delivery delivery;
  private final int threads;
  private ConfigurableApplicationContext context;

  /** What is published. */
  record Reported(String body) {}

  /** What is done with it. */
  static class ReportedListener {
    private final @Nullable Delivery delivery;

    ReportedListener(@Nullable Delivery delivery) {
      this.delivery = delivery;
    }

    @Async
    @TransactionalEventListener
    public void on(Reported event) {
      if (delivery != null) {
        delivery.deliver(event.body());
      }
    }
  }

  /** Asynchronous methods are. */
  @Configuration(proxyBeanMethods = false)
  @EnableAsync(proxyTargetClass = true)
  static class Asynchronous {}

  ModulithPeer(Application application, Delivery delivery, int threads) {
    this.application = application;
    this.delivery = delivery;
    this.threads = threads;
    context = resting();
  }

  @Override
  public void write(String body) {
    context.publishEvent(new Reported(body));
  }

  @Override
  public void start() {
    context.close();
    ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
    executor.setCorePoolSize(threads);
    executor.setMaxPoolSize(threads);
    context = service(executor);
    Thread resubmitting =
        new Thread(
            () ->
                context
                    .getBean(IncompleteEventPublications.class)
                    .resubmitIncompletePublications(publication -> true),
            "resubmitting");
    resubmitting.setDaemon(true);
    resubmitting.start();
  }

  @Override
  public void stop() {
    context.close();
    context = resting();
  }

  @Override
  public String waiting() {
    return "SELECT count(*) FROM event_publication";
  }

  @Override
  public void close() {
    context.close();
  }

  /** A service that is gone before its listeners begin. */
  private ConfigurableApplicationContext resting() {
    return service((AsyncTaskExecutor) task -> {});
  }

  private ConfigurableApplicationContext service(TaskExecutor executor) {
    return SpringBoot.start(
        application,
        Map.of(
            "namastack.outbox.enabled",
            false,
            "spring.modulith.events.completion-mode",
            "delete",
            "spring.modulith.events.jdbc.schema-initialization.enabled",
            true),
        beans -> {
          beans.registerBean("applicationTaskExecutor", TaskExecutor.class, () -> executor);
          beans.registerBean(ReportedListener.class, () -> new ReportedListener(delivery));
        },
        Asynchronous.class);
  }
}
