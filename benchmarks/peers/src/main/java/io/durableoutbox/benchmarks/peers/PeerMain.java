package io.durableoutbox.benchmarks.peers;

/**
 * Measures one peer on a database that has nothing in it.
 *
 * <p>Arguments: {@code db-scheduler|namastack|modulith|modulith-restarted|jobrunr}, {@code
 * drain|write}, and {@code --url --user --password} of a PostgreSQL database, {@code --destination}
 * (its base address), {@code --events}, {@code --threads} (that deliver, or that write), {@code
 * --seconds}, {@code --rounds}. Prints {@code drain EVENTS NANOSECONDS CPU-NANOSECONDS}, or {@code
 * write ROUND alone|with TRANSACTIONS-A-SECOND}.
 *
 * <p>A drain's time is from the first event's request to the last one's answer: how long a peer
 * waits before it looks is not in it, nor the noting of the last ones as done.
 */
public final class PeerMain {
  private PeerMain() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    Options options = Options.parse(args);
    Delivery delivery = new Delivery(options.destination(), options.threads());
    try (Application application = new Application(options);
        Peer peer = peer(options, application, delivery)) {
      switch (options.mode()) {
        case "drain" -> new Drain(application, peer, delivery).run(options.events());
        case "write" ->
            new WriteCost(application, peer, options.threads())
                .run(options.rounds(), options.seconds());
        default -> throw new IllegalArgumentException("there is no mode " + options.mode());
      }
    }
    // Whatever threads a peer leaves behind.
    System.exit(0);
  }

  private static Peer peer(Options options, Application application, Delivery delivery) {
    return switch (options.peer()) {
      case "db-scheduler" -> new DbSchedulerPeer(application, delivery, options.threads());
      case "namastack" -> new NamastackPeer(application, delivery, options.threads());
      case "modulith" -> new ModulithPeer(application, delivery, options.threads(), false);
      case "modulith-restarted" -> new ModulithPeer(application, delivery, options.threads(), true);
      case "jobrunr" -> new JobRunrPeer(application, delivery, options.threads());
      default -> throw new IllegalArgumentException("there is no peer " + options.peer());
    };
  }
}
