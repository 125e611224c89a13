package io.durableoutbox.benchmarks.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** What a server of several processes has used of the processor, those that have ended included. */
final class ServerCpu {
  private static final int MILLIS_PER_TICK = 10;
  // After the name, which may have spaces and ends with the last parenthesis: state is field 3 of
  // proc(5), cutime 16 and cstime 17.
  private static final int CUTIME = 13;
  private static final int CSTIME = 14;

  private ServerCpu() {}

  /** Returns what the process and its children have used, and those that it has seen end. */
  static Duration of(ProcessHandle server) {
    return Stream.concat(Stream.of(server), server.children())
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(ofEnded(server), Duration::plus);
  }

  /** Of Linux; zero where there is no such file. */
  private static Duration ofEnded(ProcessHandle server) {
    try {
      return ofEnded(Files.readString(Path.of("/proc", String.valueOf(server.pid()), "stat")));
    } catch (IOException e) {
      return Duration.ZERO;
    }
  }

  static Duration ofEnded(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Duration.ofMillis(
        MILLIS_PER_TICK * (Long.parseLong(fields[CUTIME]) + Long.parseLong(fields[CSTIME])));
  }
}
