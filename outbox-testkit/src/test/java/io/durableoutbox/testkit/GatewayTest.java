package io.durableoutbox.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GatewayTest {
  private final SimulatedDestination destination =
      SimulatedDestination.builder().gateway(true).start();

  @AfterEach
  void close() {
    destination.close();
  }

  @Test
  void passesRequestsAndAnswers() throws Exception {
    TestClient client = new TestClient(destination);
    assertThat(client.post(TestClient.BODY).statusCode()).isEqualTo(200);
    assertThat(client.post(TestClient.elements(100)).statusCode()).isEqualTo(200);
    assertThat(destination.acceptedCount()).isEqualTo(101);
    destination.stop();
    assertThatThrownBy(() -> client.post(TestClient.BODY)).isInstanceOf(IOException.class);
    destination.resume();
    assertThat(client.post(TestClient.BODY).statusCode()).isEqualTo(200);
  }

  @Test
  void forgetsConnections() throws Exception {
    try (Socket old = connect()) {
      assertThat(ask(old)).contains("404");
      destination.forgetConnections();
      old.setSoTimeout(100);
      assertThatThrownBy(() -> ask(old)).isInstanceOf(SocketTimeoutException.class);
      try (Socket fresh = connect()) {
        assertThat(ask(fresh)).contains("404");
      }
    }
    assertThat(destination.requestCount()).isEqualTo(2);
  }

  @Test
  void closesIdleConnections() throws Exception {
    destination.closeIdleConnections(Duration.ofMillis(50));
    try (Socket socket = connect()) {
      assertThat(ask(socket)).contains("404");
      assertThat(socket.getInputStream().readAllBytes()).isNotNull();
    }
  }

  @Test
  void isAskedForWhenItIsNotThere() {
    try (SimulatedDestination plain = SimulatedDestination.start()) {
      assertThatIllegalStateException()
          .isThrownBy(plain::forgetConnections)
          .withMessage("forgetConnections needs SimulatedDestination.builder().gateway(true)");
      assertThatIllegalStateException()
          .isThrownBy(() -> plain.closeIdleConnections(Duration.ofSeconds(1)));
    }
  }

  private Socket connect() throws IOException {
    Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(destination.baseUrl()).getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** Sends a request without a body and reads its answer, which ends with a brace. */
  private static String ask(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    StringBuilder answer = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      answer.append((char) c);
      if (c == '}') {
        break;
      }
    }
    return answer.toString();
  }
}
