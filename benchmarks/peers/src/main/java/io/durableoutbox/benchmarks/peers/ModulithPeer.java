package io.durableoutbox.benchmarks.peers;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
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
 * </ul>
 *
 * <p>It is measured in two ways. Running, the process that published the events calls their
 * listeners, which until then are held in its memory: nothing is read from the table. Restarted, a
 * new application reads what one that is gone has left, by {@code resubmitIncompletePublications}
 * ("Managing Event Publications"), which finds the listener and marks each publication in the
 * calling thread before the executor gets it.
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
  private final boolean restarted;
  private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
  private ConfigurableApplicationContext context;
  private @Nullable ThreadPoolTaskExecutor running;

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

  /**
   * Starts the application.
   *
   * @param restarted whether it is a new one that delivers; else the one that publishes
   */
  ModulithPeer(Application application, Delivery delivery, int threads, boolean restarted) {
    this.application = application;
    this.delivery = delivery;
    this.threads = threads;
    this.restarted = restarted;
    context = service(this::hold);
  }

  /** Instead of calling a listener; one that is restarted has forgotten it. */
  private void hold(Runnable listener) {
    if (!restarted) {
      held.add(listener);
    }
  }

  @Override
  public void write(String body) {
    context.publishEvent(new Reported(body));
  }

  @Override
  public void start() {
    ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
    executor.setCorePoolSize(threads);
    executor.setMaxPoolSize(threads);
    executor.initialize();
    running = executor;
    if (!restarted) {
      for (Runnable next = held.poll(); next != null; next = held.poll()) {
        executor.execute(next);
      }
      return;
    }
    context.close();
    context = service(executor);
    IncompleteEventPublications incomplete = context.getBean(IncompleteEventPublications.class);
    Thread resubmitting =
        new Thread(
            () -> incomplete.resubmitIncompletePublications(publication -> true), "resubmitting");
    resubmitting.setDaemon(true);
    resubmitting.start();
  }

  @Override
  public void stop() {
    if (running != null) {
      running.shutdown();
      running = null;
    }
    if (restarted) {
      context.close();
      context = service(this::hold);
    }
  }

  @Override
  public String waiting() {
    return "SELECT count(*) FROM event_publication";
  }

  @Override
  public void close() {
    context.close();
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
