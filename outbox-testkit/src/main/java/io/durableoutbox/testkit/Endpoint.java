package io.durableoutbox.testkit;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Handles one request: the contract, then the fault that is due. */
final class Endpoint implements HttpHandler {
  private static final String PATH = "/v1/experiences/events";
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

  private record Answer(
      int status,
      String contentType,
      String body,
      Map<String, String> headers,
      @Nullable String reqId) {
    static Answer of(int status, String body) {
      return new Answer(status, "application/json", body, Map.of(), null);
    }
  }

  private final SimulatedDestination destination;
  private final Ledger ledger;
  private final int maxBodyBytes;

  Endpoint(SimulatedDestination destination, Ledger ledger, int maxBodyBytes) {
    this.destination = destination;
    this.ledger = ledger;
    this.maxBodyBytes = maxBodyBytes;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try {
      Fault fault = destination.takeFault();
      if (fault instanceof Fault.DropBeforeAccepting) {
        ledger.received(0, null, 0, 0, 0);
        return;
      }
      byte[] body = exchange.getRequestBody().readNBytes(maxBodyBytes + 1);
      Answer answer = answer(exchange, body, fault);
      pause(destination.latency());
      if (fault instanceof Fault.Delay delay) {
        pause(delay.delay());
      }
      if (!(fault instanceof Fault.DropAfterAccepting)) {
        send(exchange, answer, fault);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // Without an answer this closes the connection.
      exchange.close();
    }
  }

  private Answer answer(HttpExchange exchange, byte[] body, @Nullable Fault fault) {
    if (fault instanceof Fault.Answer a) {
      ledger.received(a.status(), null, 0, 0, body.length);
      return new Answer(a.status(), a.contentType(), a.body(), a.headers(), null);
    }
    Answer refusal = refusal(exchange, body);
    if (refusal != null) {
      ledger.received(refusal.status, null, 0, 0, body.length);
      return refusal;
    }
    try {
      Contract.Body read = Contract.read(body);
      if (read.actions().stream().anyMatch(destination::refuses)) {
        ledger.received(400, null, read.elements(), read.actions().size(), body.length);
        return Answer.of(400, Answers.invalidField("actions"));
      }
      String reqId = newReqId();
      ledger.accept(read.actions(), reqId);
      ledger.received(200, reqId, read.elements(), read.actions().size(), body.length);
      return new Answer(200, "application/json", Answers.accepted(reqId), Map.of(), reqId);
    } catch (Contract.Violation e) {
      ledger.received(400, null, 0, 0, body.length);
      return Answer.of(400, String.valueOf(e.getMessage()));
    }
  }

  /** Checks all but the body's content. */
  private @Nullable Answer refusal(HttpExchange exchange, byte[] body) {
    Headers headers = exchange.getRequestHeaders();
    String expected =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(
                    (destination.workspaceId() + ":" + destination.apiKey())
                        .getBytes(StandardCharsets.UTF_8));
    String contentType = headers.getFirst("Content-Type");
    if (!exchange.getRequestURI().getRawPath().equals(PATH)) {
      return Answer.of(404, Answers.error("Not Found"));
    } else if (!exchange.getRequestMethod().equals("POST")) {
      return Answer.of(405, Answers.error("Method Not Allowed"));
    } else if (!expected.equals(headers.getFirst("Authorization"))) {
      return Answer.of(401, Answers.UNAUTHORIZED);
    } else if (!destination.workspaceId().equals(headers.getFirst("MOE-APPKEY"))) {
      return Answer.of(400, Answers.CLIENT_NOT_FOUND);
    } else if (contentType == null
        || !contentType.toLowerCase(Locale.ROOT).startsWith("application/json")) {
      return Answer.of(415, Answers.error("Unsupported Media Type"));
    } else if (body.length > maxBodyBytes) {
      return Answer.of(413, Answers.error("Request Entity Too Large"));
    }
    return null;
  }

  private static void send(HttpExchange exchange, Answer answer, @Nullable Fault fault)
      throws IOException, InterruptedException {
    byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", answer.contentType);
    answer.headers.forEach(exchange.getResponseHeaders()::set);
    if (fault instanceof Fault.TruncatedAnswer) {
      exchange.sendResponseHeaders(answer.status, bytes.length + 100L);
      exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
      exchange.getResponseBody().flush();
      return;
    }
    exchange.sendResponseHeaders(answer.status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length == 0) {
      return;
    }
    try (OutputStream out = exchange.getResponseBody()) {
      if (fault instanceof Fault.SlowAnswer slow) {
        for (byte b : bytes) {
          pause(slow.duration().dividedBy(bytes.length));
          out.write(b);
          out.flush();
        }
      } else {
        out.write(bytes);
      }
    }
  }

  private static void pause(Duration duration) throws InterruptedException {
    if (!duration.isZero()) {
      Thread.sleep(duration.toMillis(), (int) (duration.toNanos() % 1_000_000));
    }
  }

  private static String newReqId() {
    StringBuilder id = new StringBuilder(8);
    for (int i = 0; i < 8; i++) {
      id.append(ALPHABET.charAt(ThreadLocalRandom.current().nextInt(ALPHABET.length())));
    }
    return id.toString();
  }
}
