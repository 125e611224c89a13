package io.durableoutbox.benchmarks.speed;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * A relay in a process of its own, which does what its input says line by line, "poll N", "start
 * N", "stop" and "counts", and ends with it.
 */
public final class RelayProcessMain {
  static final String READY = "Relay is ready";
  static final String PASSWORD = "OUTBOX_BENCHMARK_PASSWORD";

  private RelayProcessMain() {}

  /** Takes JDBC URL, user, address of the destination, and the settings' numbers. */
  public static void main(String[] args) throws IOException {
    MeasuredRelay.Settings settings =
        new MeasuredRelay.Settings(
            Integer.parseInt(args[3]),
            Integer.parseInt(args[4]),
            Integer.parseInt(args[5]),
            Integer.parseInt(args[6]));
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(args[0]);
    config.setUsername(args[1]);
    config.setPassword(System.getenv(PASSWORD));
    config.setMaximumPoolSize(settings.connections());
    try (HikariDataSource pool = new HikariDataSource(config);
        MeasuredRelay relay =
            settings.workersByHand() > 0
                ? new CountingByHand(pool, args[2], settings.workersByHand())
                : new CountingRelay(pool, args[2], settings)) {
      System.out.println(READY);
      BufferedReader input =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
          case "poll" -> relay.pollEvery(Integer.parseInt(words[1]));
          case "burst" -> relay.countBurst(Integer.parseInt(words[1]));
          case "start" -> relay.start(Integer.parseInt(words[1]));
          case "stop" -> relay.stop();
          case "counts" -> System.out.println(relay.counts().line());
          default -> throw new IOException("there is no command " + words[0]);
        }
      }
    }
  }
}
