package io.durableoutbox.benchmarks.peers;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/**
 * db-scheduler: a one-time task for each event.
 *
 * <ul>
 *   <li>{@code pollUsingLockAndFetch(1.0, 4.0)}: "for high throughput, i.e. keep threads busy"
 *       (github.com/kagkarlsson/db-scheduler, README, "Scheduler configuration";
 *       docs/performance.md compares the strategies).
 *   <li>The client joins the caller's transaction by Spring's TransactionAwareDataSourceProxy
 *       (README, "Things to note").
 *   <li>Data is serialized by its default, Java's serialization: of a string.
 * </ul>
 */
final class DbSchedulerPeer implements Peer {
  private final Application application;
  private final OneTimeTask<String> task;
  private final SchedulerClient client;
  private final int threads;
  private @Nullable Scheduler scheduler;

  DbSchedulerPeer(Application application, Delivery delivery, int threads) {
    this.application = application;
    this.threads = threads;
    new ResourceDatabasePopulator(new ClassPathResource("db-scheduler.sql"))
        .execute(application.pool);
    task =
        Tasks.oneTime("report", String.class)
            .execute((instance, context) -> delivery.deliver(instance.getData()));
    client =
        SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(application.pool), task)
            .build();
  }

  @Override
  public void write(String body) {
    client.scheduleIfNotExists(task.instance(UUID.randomUUID().toString(), body), Instant.now());
  }

  @Override
  public void writeAll(List<String> bodies) {
    List<TaskInstance<?>> instances = new ArrayList<>();
    for (String body : bodies) {
      instances.add(task.instance(UUID.randomUUID().toString(), body));
    }
    client.scheduleBatch(instances, Instant.now());
  }

  @Override
  public void start() {
    scheduler =
        Scheduler.create(application.pool, task)
            .threads(threads)
            .pollUsingLockAndFetch(1.0, 4.0)
            .pollingInterval(Duration.ofSeconds(1))
            .build();
    scheduler.start();
  }

  @Override
  public void stop() {
    if (scheduler != null) {
      scheduler.stop();
      scheduler = null;
    }
  }

  @Override
  public String waiting() {
    return "SELECT count(*) FROM scheduled_tasks";
  }

  @Override
  public void close() {
    stop();
  }
}
