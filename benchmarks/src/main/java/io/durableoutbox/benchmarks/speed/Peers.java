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
  // They are far enough from the relay that more would say no more, and a peer takes its time.
  private static final int MOST_ROUNDS = 2;
  private static final int[] DELAYS = {0, 50};
  private static final int[] WRITERS = {4};

  /**
   * A peer.
   *
   * @param side what it is called in the report
   * @param events of a drain: so many that it takes some seconds
   */
  private record Peer(String side, String argument, int events) {}

  private static final Peer DB_SCHEDULER = new Peer("db-scheduler", "db-scheduler", 10_000);
  private static final Peer NAMASTACK = new Peer("Namastack Outbox", "namastack", 10_000);
  private static final Peer JOBRUNR = new Peer("JobRunr", "jobrunr", 5_000);
  private static final Peer MODULITH_RUNNING =
      new Peer("Spring Modulith, running", "modulith", 5_000);
  private static final Peer MODULITH_RESTARTED =
      new Peer("Spring Modulith, restarted", "modulith-restarted", 3_000);
  private static final List<Peer> DRAINS =
      List.of(DB_SCHEDULER, NAMASTACK, JOBRUNR, MODULITH_RUNNING, MODULITH_RESTARTED);

  /** Spring Modulith is one of them: what is published is the same. */
  private static final List<Peer> WRITES =
      List.of(
          DB_SCHEDULER,
          NAMASTACK,
          JOBRUNR,
          new Peer("Spring Modulith", MODULITH_RESTARTED.argument, 0));

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
          drains(bench, process, server, destination.baseUrl(), delay);
        }
      }
      for (int writers : WRITERS) {
        for (Peer peer : WRITES) {
          write(bench, process, server, peer, writers);
        }
      }
    }
    bench
        .report()
        .text(
            "Measured: db-scheduler "
                + process.version("db-scheduler")
                + ", Namastack Outbox "
                + process.version("namastack-outbox-core")
                + ", JobRunr "
                + process.version("jobrunr")
                + ", Spring Modulith "
                + process.version("spring-modulith-events-core")
                + "; newer ones may be faster.");
    tables(bench);
  }

  private void drains(
      Bench bench, PeerProcess process, Database server, String destination, int delay)
      throws Exception {
    for (Peer peer : DRAINS) {
      int fastest = fastest(bench, process, server, destination, peer, delay);
      bench.samples().add(inFlight(delay), peer.side, fastest);
    }
    for (int round = 0; round < rounds(bench); round++) {
      for (Peer peer : DRAINS) {
        int events = bench.size(peer.events, 500);
        int inFlight = (int) bench.samples().median(inFlight(delay), peer.side);
        List<String> drain = drain(process, server, destination, peer, events, inFlight);
        double cpuNanos = Double.parseDouble(drain.get(3));
        bench.samples().add(drained(delay), peer.side, rate(drain));
        bench.samples().add(cpu(delay), peer.side, cpuNanos / 1e3 / events);
      }
    }
  }

  private static int rounds(Bench bench) {
    return Math.min(bench.rounds(), MOST_ROUNDS);
  }

  /** Tries them, and returns the number of requests in flight with which the peer is fastest. */
  private int fastest(
      Bench bench, PeerProcess process, Database server, String destination, Peer peer, int delay)
      throws Exception {
    List<Integer> tried = tried(delay);
    if (rounds(bench) == 1) {
      return delay == 0 ? 50 : 100;
    }
    int best = tried.get(0);
    double bestRate = 0;
    for (int inFlight : tried.subList(0, bench.size(tried.size(), 0))) {
      double rate = rate(drain(process, server, destination, peer, peer.events / 2, inFlight));
      if (rate > bestRate) {
        best = inFlight;
        bestRate = rate;
      }
    }
    return best;
  }

  private List<String> drain(
      PeerProcess process, Database server, String destination, Peer peer, int events, int inFlight)
      throws Exception {
    Map<String, Object> options =
        Map.of("destination", destination, "events", events, "threads", inFlight);
    List<String> drain =
        run(process, peer, "drain", server, options).stream()
            .filter(line -> line.get(0).equals("drain"))
            .findFirst()
            .orElseThrow();
    System.out.println(
        peer.side + ", " + inFlight + " in flight: " + Samples.number(rate(drain)) + " actions/s");
    return drain;
  }

  private static double rate(List<String> drain) {
    return Double.parseDouble(drain.get(1)) * 1e9 / Double.parseDouble(drain.get(2));
  }

  private void write(Bench bench, PeerProcess process, Database server, Peer peer, int writers)
      throws Exception {
    Map<String, Object> options =
        Map.of("threads", writers, "seconds", bench.size(5, 1), "rounds", rounds(bench));
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
        "Medians of "
            + rounds(bench)
            + " repetitions. A peer's unit of work is one event, so that each sends one event a request, while the relay"
            + " fills its requests. Each runs in a process of its own, on a new database of the same"
            + " server, with 16 connections to it. A drain's time is from the first request to"
            + " the last answer, after a drain that is not counted and VACUUM ANALYZE; how"
            + " long a peer waits before it looks is not in it. Requests in flight: those of "
            + tried(0)
            + " at 0 ms and of "
            + tried(50)
            + " at 50 ms with which the peer was fastest in a trial, or 50 and 100 where one repetition was made. The other settings, with the"
            + " pages that have them, are in the classes of benchmarks/peers.");
    report.text(
        "Spring Modulith is measured in two ways. Running: the process that published the events"
            + " calls their listeners, held in its memory until the time begins; nothing is read"
            + " from the table. Restarted: a new process resubmits what one that is gone has left"
            + " in the table, as all others read theirs.");
    for (int delay : DELAYS) {
      drainTable(bench, delay);
    }
    report.text(
        "The caller's transactions a second, with an order and the peer's write over those with the"
            + " order alone, by turns in one process. JobRunr's open-source edition commits a job"
            + " on a connection of its own; joining the caller's transaction is in JobRunr Pro.");
    List<List<String>> rows = new ArrayList<>();
    for (Peer peer : WRITES) {
      List<String> row = new ArrayList<>(List.of(peer.side));
      for (int writers : WRITERS) {
        row.add(bench.samples().range(aloneRate(writers), peer.side));
        row.add(bench.samples().range(written(writers), peer.side));
      }
      rows.add(row);
    }
    report.table(List.of("Peer", "4 threads, alone", "with / alone"), rows);
  }

  private static void drainTable(Bench bench, int delay) {
    Samples samples = bench.samples();
    boolean compared = samples.has(drained(delay), "relay");
    List<String> columns =
        new ArrayList<>(
            List.of("Peer", "in flight", drained(delay), "its processor time an event, µs"));
    if (compared) {
      columns.add("relay is so many times as fast");
    }
    List<List<String>> rows = new ArrayList<>();
    for (Peer peer : DRAINS) {
      List<String> row = new ArrayList<>(List.of(peer.side));
      row.add(String.valueOf((int) samples.median(inFlight(delay), peer.side)));
      row.add(samples.range(drained(delay), peer.side));
      row.add(samples.range(cpu(delay), peer.side));
      if (compared) {
        row.add(Samples.number(samples.ratio(drained(delay), "relay", peer.side)));
      }
      rows.add(row);
    }
    bench.report().table(columns, rows);
  }

  /** Returns the numbers of requests in flight that are tried: many hide a delay, at a price. */
  private static List<Integer> tried(int delay) {
    return delay == 0 ? List.of(50, 16, 100) : List.of(100, 200);
  }

  private static String inFlight(int delay) {
    return "drain at " + delay + " ms, requests in flight";
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
