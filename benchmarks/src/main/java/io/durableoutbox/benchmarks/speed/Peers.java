package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How fast other outboxes and job schedulers empty a backlog of the same events on the same server,
 * and what their write costs the caller's transaction. Each runs in a process of its own, with the
 * settings that its documentation has for throughput; the classes of benchmarks/peers name them.
 */
final class Peers implements Section {
  private static final int[] DELAYS = {0, 50};
  private static final int[] WRITERS = {1, 4};

  /**
   * A peer.
   *
   * @param side what it is called in the report
   * @param events of a drain: so many that it takes some seconds
   */
  private record Peer(String side, String argument, int events) {}

  private static final List<Peer> PEERS =
      List.of(
          new Peer("db-scheduler", "db-scheduler", 20_000),
          new Peer("Namastack Outbox", "namastack", 20_000),
          new Peer("Spring Modulith", "modulith", 5_000),
          new Peer("JobRunr", "jobrunr", 10_000));

  private int databases;

  @Override
  public String name() {
    return "peers";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    bench.report().heading("Peers");
    if (bench.family() != Bench.Family.POSTGRESQL) {
      bench.report().text("Measured on PostgreSQL alone.");
      return;
    }
    PeerProcess process = new PeerProcess();
    try (Database server = bench.database("peers")) {
      for (int delay : DELAYS) {
        try (DestinationProcess destination = DestinationProcess.start(delay)) {
          for (int round = 0; round < bench.rounds(); round++) {
            for (Peer peer : PEERS) {
              drain(bench, process, server, destination, peer, delay);
            }
          }
        }
      }
      for (int writers : WRITERS) {
        for (Peer peer : PEERS) {
          write(bench, process, server, peer, writers);
        }
      }
    }
    tables(bench);
  }

  private void drain(
      Bench bench,
      PeerProcess process,
      Database server,
      DestinationProcess destination,
      Peer peer,
      int delay)
      throws Exception {
    Map<String, Object> options =
        Map.of(
            "destination",
            destination.baseUrl(),
            "events",
            bench.size(peer.events, 500),
            "threads",
            inFlight(delay));
    for (List<String> line : run(process, peer, "drain", server, options)) {
      if (line.get(0).equals("drain")) {
        double events = Double.parseDouble(line.get(1));
        bench
            .samples()
            .add(drained(delay), peer.side, events * 1e9 / Double.parseDouble(line.get(2)));
        bench.samples().add(cpu(delay), peer.side, Double.parseDouble(line.get(3)) / 1e3 / events);
      }
    }
  }

  private void write(Bench bench, PeerProcess process, Database server, Peer peer, int writers)
      throws Exception {
    Map<String, Object> options =
        Map.of("threads", writers, "seconds", bench.size(5, 1), "rounds", bench.rounds());
    List<Double> alone = new ArrayList<>();
    List<Double> with = new ArrayList<>();
    for (List<String> line : run(process, peer, "write", server, options)) {
      if (line.get(0).equals("write")) {
        (line.get(2).equals("alone") ? alone : with).add(Double.parseDouble(line.get(3)));
      }
    }
    for (int round = 0; round < alone.size(); round++) {
      bench.samples().add(aloneRate(writers), peer.side, alone.get(round));
      bench.samples().add(written(writers), peer.side, with.get(round) / alone.get(round));
    }
  }

  private List<List<String>> run(
      PeerProcess process, Peer peer, String mode, Database server, Map<String, Object> options)
      throws Exception {
    String name = "peer_" + ++databases;
    server.execute("CREATE DATABASE " + name);
    List<List<String>> lines = process.run(peer.argument, mode, server, name, options);
    server.execute("DROP DATABASE " + name + " WITH (FORCE)");
    return lines;
  }

  private static void tables(Bench bench) {
    Report report = bench.report();
    report.text(
        "Each peer sends one event a request, from a process of its own, on a new database of the"
            + " same server, with 16 connections to it. A drain's time is from the first request to"
            + " the last answer, after a smaller drain that is not counted and VACUUM ANALYZE; how"
            + " long a peer waits before it looks is not in it. There may be "
            + inFlight(0)
            + " requests in flight at 0 ms and "
            + inFlight(50)
            + " at 50 ms. Spring Modulith resubmits what a service that is gone has left. Their"
            + " settings, with the pages that recommend them, are in benchmarks/peers.");
    for (int delay : DELAYS) {
      drainTable(bench, delay);
    }
    report.text(
        "The caller's transactions a second, with an order and the peer's write over those with the"
            + " order alone, by turns in one process. JobRunr's open-source edition commits a job"
            + " on a connection of its own; joining the caller's transaction is in JobRunr Pro.");
    List<List<String>> rows = new ArrayList<>();
    for (Peer peer : PEERS) {
      List<String> row = new ArrayList<>(List.of(peer.side));
      for (int writers : WRITERS) {
        row.add(bench.samples().range(aloneRate(writers), peer.side));
        row.add(bench.samples().range(written(writers), peer.side));
      }
      rows.add(row);
    }
    report.table(
        List.of("Peer", "1 thread, alone", "with / alone", "4 threads, alone", "with / alone"),
        rows);
  }

  private static void drainTable(Bench bench, int delay) {
    Samples samples = bench.samples();
    boolean compared = samples.has(drained(delay), "relay");
    List<String> columns =
        new ArrayList<>(List.of("Peer", drained(delay), "its processor time an event, µs"));
    if (compared) {
      columns.add("relay is so many times as fast");
    }
    List<List<String>> rows = new ArrayList<>();
    for (Peer peer : PEERS) {
      List<String> row = new ArrayList<>(List.of(peer.side));
      row.add(samples.range(drained(delay), peer.side));
      row.add(samples.range(cpu(delay), peer.side));
      if (compared) {
        row.add(Samples.number(samples.ratio(drained(delay), "relay", peer.side)));
      }
      rows.add(row);
    }
    bench.report().table(columns, rows);
  }

  /** Returns how many requests a peer may have in flight: more hide a delay, at a price. */
  private static int inFlight(int delay) {
    return delay == 0 ? 20 : 100;
  }

  private static String drained(int delay) {
    return "drain at " + delay + " ms, actions/s";
  }

  private static String cpu(int delay) {
    return "drain at " + delay + " ms, processor time of the peer's process an action, µs";
  }

  private static String aloneRate(int writers) {
    return "write with " + threads(writers) + ", transactions/s of the order alone";
  }

  private static String written(int writers) {
    return "write with " + threads(writers) + ", with / without";
  }

  private static String threads(int writers) {
    return writers == 1 ? "1 thread" : writers + " threads";
  }
}
