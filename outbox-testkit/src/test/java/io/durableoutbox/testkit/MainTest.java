package io.durableoutbox.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
  @Test
  void saysWhereItListensAndAtTheEndWhatItReceived() throws Exception {
    Process process =
        start(
            "--port",
            "0",
            "--workspace-id",
            "W",
            "--api-key",
            "K",
            "--latency-ms",
            "1",
            "--no-keep",
            "--stats");
    try (BufferedReader out = process.inputReader()) {
      String ready = out.readLine();
      assertThat(ready).startsWith("Simulated destination on http://127.0.0.1:");
      URI uri = URI.create(ready.substring(ready.indexOf("http")) + "/v1/experiences/events");
      HttpRequest request =
          HttpRequest.newBuilder(uri)
              .header(
                  "Authorization",
                  "Basic "
                      + Base64.getEncoder().encodeToString("W:K".getBytes(StandardCharsets.UTF_8)))
              .header("MOE-APPKEY", "W")
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(TestClient.BODY))
              .build();
      HttpClient http = HttpClient.newHttpClient();
      assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      // Process.destroy() would close the stream that is read here.
      assertThat(process.toHandle().destroy()).isTrue();
      assertThat(out.readLine())
          .isEqualTo("2 requests, 1 actions accepted, 1 repeats, 0 conflicts");
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--bogus=SECRET, '', unknown option --bogus",
    "--port, 65536, --port needs a number from 0 to 65535",
    "--latency-ms, x, --latency-ms needs a number from 0 to 3600000",
    "--stats, --api-key, --api-key needs a value",
  })
  void refusesWhatItDoesNotKnowWithTwo(String first, String second, String message)
      throws Exception {
    Process process = second.isEmpty() ? start(first) : start(first, second);
    try (BufferedReader err = process.errorReader()) {
      List<String> lines = err.lines().toList();
      assertThat(lines).contains(message).contains("Options:").doesNotContain("SECRET");
    }
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(2);
  }

  private static Process start(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(SimulatedDestinationMain.class.getName());
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).start();
    // Whoever reads from it or waits for it does not do so for ever.
    CompletableFuture.delayedExecutor(1, TimeUnit.MINUTES).execute(process::destroyForcibly);
    return process;
  }
}
