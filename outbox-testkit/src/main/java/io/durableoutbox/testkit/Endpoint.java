package io.durableoutbox.testkit;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;

/**
 * Handles one request: the contract, and the fault that is due. It judges and records a request as
 * soon as it has been read, and answers when the delay is over; no thread waits in between.
 */
final class Endpoint implements HttpHandler {
  private static final String PATH = "/v1/experiences/events";
  private static final int DRAIN_LIMIT = 100_000_000;
  private static final int PIECES = 100;
  private static final Pattern JSON_TYPE =
      Pattern.compile(
          "application/json\\s*(;\\s*charset\\s*=\\s*\"?utf-8\"?\\s*)?", Pattern.CASE_INSENSITIVE);

  private interface Step {
    void run() throws IOException;
  }

  /** What is to be answered, and what is known of the request. */
  private record Verdict(
      int status, String body, int elements, List<AcceptedAction> actions, boolean accepted) {
    static Verdict refused(int status, String body) {
      return new Verdict(status, body, 0, List.of(), false);
    }
  }

  private final SimulatedDestination destination;
  private final Ledger ledger;
  private final int maxBodyBytes;
  private final Threads threads;

  Endpoint(SimulatedDestination destination, Ledger ledger, int maxBodyBytes, Threads threads) {
    this.destination = destination;
    this.ledger = ledger;
    this.maxBodyBytes = maxBodyBytes;
    this.threads = threads;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    closingOnFailure(exchange, () -> begin(exchange, destination.faults().take()));
  }

  private void begin(HttpExchange exchange, Fault fault) throws IOException {
    Duration delay = destination.faults().latency().plus(fault.delay);
    if (fault.drop == Fault.Drop.BEFORE_READING) {
      ledger.received(0, null, 0, List.of(), 0);
      then(exchange, delay, exchange::close);
      return;
    }
    byte[] body = read(exchange.getRequestBody());
    Verdict verdict = judge(exchange, body);
    Fault poison = fault == Fault.none() ? destination.faults().poisonIn(verdict.actions) : fault;
    if (poison != fault) {
      delay = delay.plus(poison.delay);
    }
    answer(exchange, poison, verdict, body.length, delay);
  }

  private void answer(
      HttpExchange exchange, Fault fault, Verdict verdict, int bytes, Duration delay)
      throws IOException {
    if (fault.drop == Fault.Drop.UNACCEPTED || fault.drop == Fault.Drop.BEFORE_READING) {
      ledger.received(0, null, verdict.elements, verdict.actions, bytes);
      then(exchange, delay, exchange::close);
      return;
    }
    Fault.Substitute substitute = fault.substitute;
    String reqId = substitute == null && verdict.accepted ? Answers.newReqId() : null;
    int status = substitute == null ? verdict.status : substitute.status();
    Ledger.Entry entry = ledger.received(status, reqId, verdict.elements, verdict.actions, bytes);
    if (fault.drop == Fault.Drop.AFTER_ACCEPTING) {
      then(exchange, delay, exchange::close);
      return;
    }
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", substitute == null ? "application/json" : substitute.contentType());
    if (substitute != null) {
      substitute.headers().forEach(headers::set);
    } else if (status == 405) {
      headers.set("Allow", "POST");
    }
    String text =
        substitute != null
            ? substitute.body()
            : reqId != null ? Answers.accepted(reqId) : verdict.body;
    byte[] said = text.getBytes(StandardCharsets.UTF_8);
    then(exchange, delay, () -> send(exchange, status, said, fault, entry));
  }

  /** Reads at most one byte more than allowed, and lets the client finish writing the rest. */
  private byte[] read(InputStream in) throws IOException {
    byte[] body = in.readNBytes(maxBodyBytes + 1);
    if (body.length > maxBodyBytes) {
      byte[] dropped = new byte[65_536];
      int total = 0;
      for (int n = 0; n >= 0 && total < DRAIN_LIMIT; n = in.read(dropped)) {
        total += n;
      }
    }
    return body;
  }

  private Verdict judge(HttpExchange exchange, byte[] body) {
    Headers headers = exchange.getRequestHeaders();
    String credentials = destination.workspaceId() + ":" + destination.apiKey();
    String expected =
        "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    String contentType = headers.getFirst("Content-Type");
    if (!PATH.equals(exchange.getRequestURI().getRawPath())) {
      return Verdict.refused(404, Answers.error("Not Found"));
    } else if (!exchange.getRequestMethod().equals("POST")) {
      return Verdict.refused(405, Answers.error("Method Not Allowed"));
    } else if (!expected.equals(headers.getFirst("Authorization"))) {
      return Verdict.refused(401, Answers.UNAUTHORIZED);
    } else if (!destination.workspaceId().equals(headers.getFirst("MOE-APPKEY"))) {
      return Verdict.refused(400, Answers.CLIENT_NOT_FOUND);
    } else if (contentType == null || !JSON_TYPE.matcher(contentType.strip()).matches()) {
      return Verdict.refused(415, Answers.error("Unsupported Media Type"));
    } else if (body.length > maxBodyBytes) {
      return Verdict.refused(413, Answers.error("Request Entity Too Large"));
    }
    try {
      Contract.Body read = Contract.read(body);
      boolean good = read.actions().stream().noneMatch(destination.faults()::refuses);
      return new Verdict(
          good ? 200 : 400,
          good ? "" : Answers.invalidField("actions"),
          read.elements(),
          read.actions(),
          good);
    } catch (Contract.Violation e) {
      return Verdict.refused(400, e.answer());
    }
  }

  private void send(
      HttpExchange exchange, int status, byte[] bytes, Fault fault, Ledger.Entry entry)
      throws IOException {
    boolean bodiless = bytes.length == 0 || exchange.getRequestMethod().equals("HEAD");
    long announced = bytes.length + (fault.cut ? 100L : 0);
    // Said before the last byte leaves, so that who has read the answer finds it so.
    ledger.answered(entry, !fault.cut && (bodiless || fault.trickle.isZero()));
    try {
      exchange.sendResponseHeaders(status, bodiless && !fault.cut ? -1 : announced);
      int end = fault.cut ? bytes.length / 2 : bytes.length;
      if (bodiless || fault.trickle.isZero()) {
        if (!bodiless) {
          exchange.getResponseBody().write(bytes, 0, end);
        }
        if (fault.cut) {
          // Closing alone would throw away what is still buffered.
          exchange.getResponseBody().flush();
        }
        exchange.close();
      } else {
        int piece = Math.max(1, (end + PIECES - 1) / PIECES);
        int pieces = (end + piece - 1) / piece;
        trickle(exchange, bytes, 0, end, piece, fault.trickle.dividedBy(pieces), entry);
      }
    } catch (IOException e) {
      ledger.answered(entry, false);
      throw e;
    }
  }

  private void trickle(
      HttpExchange exchange,
      byte[] bytes,
      int from,
      int end,
      int piece,
      Duration pause,
      Ledger.Entry entry) {
    Step step =
        () -> {
          int to = Math.min(end, from + piece);
          ledger.answered(entry, to == bytes.length);
          try {
            exchange.getResponseBody().write(bytes, from, to - from);
            exchange.getResponseBody().flush();
          } catch (IOException e) {
            ledger.answered(entry, false);
            throw e;
          }
          if (to == end) {
            exchange.close();
          } else {
            trickle(exchange, bytes, to, end, piece, pause, entry);
          }
        };
    then(exchange, pause, step);
  }

  private void then(HttpExchange exchange, Duration delay, Step step) {
    threads.later(
        () -> {
          try {
            closingOnFailure(exchange, step);
          } catch (IOException e) {
            // The client has left, or the destination was stopped; the ledger says unanswered.
          }
        },
        delay);
  }

  /** A connection whose exchange nobody closes would hang for ever. */
  private static void closingOnFailure(HttpExchange exchange, Step step) throws IOException {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      exchange.close();
      if (!(e instanceof RejectedExecutionException)) {
        throw e;
      }
    }
  }
}
