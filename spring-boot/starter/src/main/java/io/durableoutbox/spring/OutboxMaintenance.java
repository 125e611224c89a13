package io.durableoutbox.spring;

import io.durableoutbox.jdbc.Maintenance;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** The maintenance of this application context, which starts and stops with it. */
final class OutboxMaintenance implements SmartLifecycle {
  private final Supplier<Maintenance> maintenances;
  private @Nullable Maintenance next;
  private @Nullable Maintenance running;

  OutboxMaintenance(Supplier<Maintenance> maintenances) {
    this.maintenances = maintenances;
    this.next = maintenances.get();
  }

  @Override
  public synchronized void start() {
    if (running == null) {
      Maintenance maintenance = next == null ? maintenances.get() : next;
      next = null;
      running = maintenance.start();
    }
  }

  @Override
  public synchronized void stop() {
    if (running != null) {
      running.close();
      running = null;
    }
  }

  @Override
  public void stop(Runnable callback) {
    OutboxRelay.stopAside(this::stop, callback);
  }

  @Override
  public synchronized boolean isRunning() {
    return running != null;
  }

  @Override
  public int getPhase() {
    return OutboxRelay.PHASE;
  }
}
