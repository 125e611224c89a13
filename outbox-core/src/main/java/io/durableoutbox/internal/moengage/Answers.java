package io.durableoutbox.internal.moengage;

import io.durableoutbox.spi.Outcome;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an answer means: by its status first, then by what can be read of its body. The API
 * documents one shape of errors, its siblings and gateways answer with others, with text or with
 * HTML.
 */
final class Answers {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(32).build())
                  .build())
          .build();

  private Answers() {}

  /**
   * Decides what an answer means.
   *
   * @param body the beginning of the body; empty if it could not be read
   * @param retryAfter for how long the answer asks to wait, or null if it does not
   */
  static Outcome of(int status, String body, @Nullable Duration retryAfter) {
    JsonNode json = parse(body);
    String message = message(json, body);
    if (status >= 200 && status < 300) {
      return new Outcome.Accepted(status, json == null ? null : text(json, "req_id"), message);
    }
    return switch (status) {
      case 400 ->
          isClientNotFound(message)
              ? new Outcome.Misconfigured(status, message)
              : new Outcome.Refused(status, message);
      case 413, 422 -> new Outcome.Refused(status, message);
      case 408 -> new Outcome.Unknown(status, message, retryAfter);
      case 429 -> new Outcome.RateLimited(status, message, retryAfter);
      default ->
          status >= 300 && status < 500
              ? new Outcome.Misconfigured(status, message)
              : new Outcome.Unknown(status, message, retryAfter);
    };
  }

  /** Decides what a failed call means: whether anything can have reached the destination. */
  static Outcome of(IOException failure) {
    // The exception's own message can name hosts and certificates, but nothing of the body.
    String message =
        failure.getClass().getSimpleName()
            + (failure.getMessage() == null ? "" : ": " + failure.getMessage());
    if (failure instanceof EventsBody.UnwritableException) {
      return new Outcome.Refused(null, message);
    }
    boolean neverLeft =
        failure instanceof ConnectException
            || failure instanceof UnknownHostException
            || failure instanceof NoRouteToHostException
            || failure instanceof SSLHandshakeException
            || failure instanceof SSLPeerUnverifiedException;
    return neverLeft
        ? new Outcome.Unavailable(null, message)
        : new Outcome.Unknown(null, message, null);
  }

  /** The one 400 that blames the workspace id or the data centre and not the events. */
  private static boolean isClientNotFound(@Nullable String message) {
    return message != null && message.toLowerCase(Locale.ROOT).contains("client not found");
  }

  private static @Nullable JsonNode parse(String body) {
    try {
      JsonNode node = MAPPER.readTree(body);
      return node != null && node.isObject() ? node : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  private static @Nullable String message(@Nullable JsonNode json, String body) {
    if (json == null) {
      String text = body.strip();
      return text.isEmpty() ? null : text;
    }
    String title = text(json, "title");
    String description = text(json, "description");
    if (title != null || description != null) {
      String code = text(json, "code");
      return (title == null ? "" : title + ": ")
          + (description == null ? "" : description)
          + (code == null ? "" : " (code " + code + ")");
    }
    JsonNode error = json.get("error");
    if (error != null && error.isString()) {
      return error.stringValue();
    }
    if (error != null && error.isObject()) {
      String type = text(error, "type");
      String message = text(error, "message");
      String id = text(error, "request_id");
      return (type == null ? "" : type + ": ")
          + (message == null ? "" : message)
          + (id == null ? "" : " (request " + id + ")");
    }
    return text(json, "message");
  }

  private static @Nullable String text(JsonNode object, String name) {
    JsonNode value = object.get(name);
    return value != null && value.isValueNode() && !value.isNull() ? value.asString() : null;
  }
}
