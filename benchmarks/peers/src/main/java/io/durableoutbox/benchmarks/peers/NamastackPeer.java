package io.durableoutbox.benchmarks.peers;

import io.namastack.outbox.Outbox;
import io.namastack.outbox.OutboxProcessingScheduler;
import io.namastack.outbox.handler.OutboxRecordMetadata;
import io.namastack.outbox.handler.OutboxTypedHandler;
import java.util.Map;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Namastack Outbox with JDBC: a record for each event, each with a key of its own, so that none
 * waits for another.
 *
 * <p>Its documentation recommends no numbers for throughput. Settings
 * (www.namastack.io/outbox/reference/configuration, .../polling, .../processing):
 *
 * <ul>
 *   <li>Batch size 1,000 and an interval of 10 ms: a poll waits for its whole batch before the next
 *       one, so that the defaults of 10 and 2 s would allow 5 a second. 5,000 made no difference.
 *   <li>Core and maximum pool size: as many as requests in flight; on Java 21 and newer virtual
 *       threads with the same limit (.../virtual-threads).
 *   <li>{@code delete-completed-records}: the table stays small.
 *   <li>{@code stop-on-first-failure=false}: without the search for older records of the same key.
 * </ul>
 */
final class NamastackPeer implements Peer {
  private final ConfigurableApplicationContext context;
  private final Outbox outbox;
  private final OutboxProcessingScheduler processing;

  /** What a record carries. */
  record Report(String body) {}

  /** What is done with it. */
  static final class ReportHandler implements OutboxTypedHandler<Report> {
    private final Delivery delivery;

    ReportHandler(Delivery delivery) {
      this.delivery = delivery;
    }

    @Override
    public void handle(Report payload, OutboxRecordMetadata metadata) {
      delivery.deliver(payload.body());
    }
  }

  NamastackPeer(Application application, Delivery delivery, int threads) {
    context =
        SpringBoot.start(
            application,
            Map.ofEntries(
                Map.entry("spring.autoconfigure.exclude", ModulithPeer.AUTO_CONFIGURATIONS),
                Map.entry("spring.threads.virtual.enabled", true),
                Map.entry("namastack.outbox.polling.trigger", "fixed"),
                Map.entry("namastack.outbox.polling.fixed.interval", "10ms"),
                Map.entry("namastack.outbox.polling.batch-size", 1000),
                Map.entry("namastack.outbox.processing.executor-core-pool-size", threads),
                Map.entry("namastack.outbox.processing.executor-max-pool-size", threads),
                Map.entry("namastack.outbox.processing.executor-concurrency-limit", threads),
                Map.entry("namastack.outbox.processing.delete-completed-records", true),
                Map.entry("namastack.outbox.processing.stop-on-first-failure", false)),
            beans -> beans.registerBean(ReportHandler.class, () -> new ReportHandler(delivery)));
    outbox = context.getBean(Outbox.class);
    processing = context.getBean(OutboxProcessingScheduler.class);
    processing.stop();
  }

  @Override
  public void write(String body) {
    outbox.schedule(new Report(body));
  }

  @Override
  public void start() {
    processing.start();
  }

  @Override
  public void stop() {
    processing.stop();
  }

  @Override
  public String waiting() {
    return "SELECT count(*) FROM outbox_record WHERE status = 'NEW'";
  }

  @Override
  public void close() {
    context.close();
  }
}
