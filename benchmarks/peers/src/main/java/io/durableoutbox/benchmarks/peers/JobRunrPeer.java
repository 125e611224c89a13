package io.durableoutbox.benchmarks.peers;

import static org.jobrunr.server.BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration;

import java.time.Duration;
import java.util.List;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.configuration.JobRunrConfiguration.JobRunrConfigurationResult;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;

/**
 * JobRunr, the open-source edition: a job request for each event.
 *
 * <p>Its open-source edition commits a job on a connection of its own, whatever the caller's
 * transaction does: to join it is in JobRunr Pro (jobrunr.io/en/documentation/pro/transactions). So
 * its write is measured inside the business transaction, but is not part of it.
 *
 * <ul>
 *   <li>Worker count: as many as requests in flight; the default is 8 for each processor
 *       (configuration/fluent, {@code andWorkerCount}). A worker that is done fetches more at once.
 *   <li>Poll interval: 5 s, the shortest that it allows on SQL (the default is 15 s).
 *   <li>Many jobs are written as a stream (background-methods/enqueueing-jobs, "in bulk").
 *   <li>A job request, not a lambda: nothing to analyse (background-methods, "Via a JobRequest").
 * </ul>
 */
final class JobRunrPeer implements Peer {
  private final JobRequestScheduler scheduler;
  private final BackgroundJobServer server;
  private boolean started;

  /** What a job knows. */
  public static final class Report implements JobRequest {
    private static final long serialVersionUID = 1;

    private String body = "";

    /** For JSON. */
    public Report() {}

    Report(String body) {
      this.body = body;
    }

    @Override
    public Class<ReportHandler> getJobRequestHandler() {
      return ReportHandler.class;
    }

    /** Returns what is to be sent. */
    public String getBody() {
      return body;
    }
  }

  /** What a job does. */
  public static final class ReportHandler implements JobRequestHandler<Report> {
    private final Delivery delivery;

    ReportHandler(Delivery delivery) {
      this.delivery = delivery;
    }

    @Override
    public void run(Report request) {
      delivery.deliver(request.getBody());
    }
  }

  JobRunrPeer(Application application, Delivery delivery, int threads) {
    ReportHandler handler = new ReportHandler(delivery);
    JobActivator activator =
        new JobActivator() {
          @Override
          public <T> T activateJob(Class<T> type) {
            return type.cast(handler);
          }
        };
    JobRunrConfigurationResult jobRunr =
        JobRunr.configure()
            .useJobActivator(activator)
            .useStorageProvider(SqlStorageProviderFactory.using(application.pool))
            .useBackgroundJobServer(
                usingStandardBackgroundJobServerConfiguration()
                    .andWorkerCount(threads)
                    .andPollInterval(Duration.ofSeconds(5)),
                false)
            .initialize();
    scheduler = jobRunr.getJobRequestScheduler();
    server = jobRunr.getBackgroundJobServer();
  }

  @Override
  public void write(String body) {
    scheduler.enqueue(new Report(body));
  }

  @Override
  public void writeAll(List<String> bodies) {
    scheduler.enqueue(bodies.stream().map(Report::new));
  }

  @Override
  public void start() {
    if (started) {
      server.resumeProcessing();
    } else {
      server.start();
      started = true;
    }
  }

  @Override
  public void stop() {
    server.pauseProcessing();
  }

  @Override
  public String waiting() {
    return "SELECT count(*) FROM jobrunr_jobs WHERE state <> 'SUCCEEDED'";
  }

  @Override
  public void close() {
    if (started) {
      server.stop();
    }
  }
}
