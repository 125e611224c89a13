package io.durableoutbox.testkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Sends requests, good unless changed, to a simulated destination. */
final class TestClient {
  static final UUID EVENT = UUID.fromString("aa886712-4537-47c1-b126-2686efda2e26");
  // Odd spaces, an escape and a letter beyond ASCII: the text must come through as it is.
  static final String ATTRIBUTES =
      "{\"cid\":\"66d55ae4\", \"experience\" : \"é\\u00e9\",\"moe_locale_id\":\"0\",\n"
          + "\"moe_variation_id\":\"2\",\"audience_name\":\"All Users\",\"audience_id\":\"5A\","
          + "\"type\":\"Web\",\"more\":{\"a\":[1.50,null]}}";
  static final String ACTION =
      "{\"action\":\"MOE_PERSONALIZATION_MESSAGE_SHOWN\",\"moe_event_uuid\":\""
          + EVENT
          + "\",\"event_time\":1725258666,\"platform\":\"web\",\"attributes\":"
          + ATTRIBUTES
          + "}";
  static final String ELEMENT =
      "{\"customer_id\":\"john@example.com\",\"user_timezone_offset\":19800,\"user_attributes\":"
          + "{\"city\": \"Köln\"},\"actions\":["
          + ACTION
          + "]}";
  static final String BODY = "{\"elements\":[" + ELEMENT + "]}";

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final SimulatedDestination destination;

  TestClient(SimulatedDestination destination) {
    this.destination = destination;
  }

  /** A body of so many users with one action each, all of them new. */
  static String elements(int n) {
    StringBuilder body = new StringBuilder("{\"elements\":[");
    for (int i = 0; i < n; i++) {
      body.append(i == 0 ? "" : ",").append(element("user-" + i, UUID.randomUUID()));
    }
    return body.append("]}").toString();
  }

  static String element(String customer, UUID event) {
    return ELEMENT.replace("john@example.com", customer).replace(EVENT.toString(), "" + event);
  }

  HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return send(request().POST(BodyPublishers.ofString(body)));
  }

  CompletableFuture<HttpResponse<String>> postAsync(String body) {
    return HTTP.sendAsync(
        request().POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  /** A request with the right address and headers. */
  HttpRequest.Builder request() {
    String credentials = destination.workspaceId() + ":" + destination.apiKey();
    return HttpRequest.newBuilder(URI.create(destination.baseUrl() + "/v1/experiences/events"))
        .timeout(Duration.ofSeconds(20))
        .header(
            "Authorization",
            "Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
        .header("MOE-APPKEY", destination.workspaceId())
        .header("Content-Type", "application/json");
  }
}
