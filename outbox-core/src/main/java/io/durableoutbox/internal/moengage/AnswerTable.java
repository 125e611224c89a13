package io.durableoutbox.internal.moengage;

import io.durableoutbox.destination.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an answer means: by its status, and by whether the destination itself can have said it.
 *
 * <p>Proxies, captive portals, firewalls and maintenance pages answer too, and what they say
 * decides about no action: accepted and refused is only what a whole JSON object says in the words
 * of the API or of its siblings.
 */
final class AnswerTable {
  private static final String UNTRUSTED =
      "; this JVM does not trust the certificate that the address shows: check what answers there,"
          + " or add its authority to the JVM's trust store (javax.net.ssl.trustStore)";

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(32).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .build();

  // Words of a status that no req_id makes an acceptance.
  private static final Pattern FAILED =
      Pattern.compile("(fail|err|invalid|reject|denied|refus|unauthori|forbid|block).*");

  // Titles and types that errors about the account and the headers have. Any other title is about
  // the content, and its description may quote what was sent.
  private static final Set<String> ACCOUNT_TITLES =
      Set.of(
          "",
          "request error",
          "bad request",
          "authentication required",
          "blacklisted",
          "invalidparams",
          "paramsrequired");
  private static final Set<String> ACCOUNT_ONLY_TITLES = Set.of("blacklisted", "paramsrequired");
  private static final List<String> ACCOUNT_PHRASES =
      List.of(
          "moengage client not found",
          "client not found",
          "your account is blacklisted",
          "given app_id is invalid",
          "the content-type header is required");

  private AnswerTable() {}

  /**
   * Decides what an answer means.
   *
   * @param anySuccess whether any 2xx is an acceptance
   */
  static Outcome of(HttpAnswer answer, boolean anySuccess) {
    int status = answer.status();
    JsonNode json = parse(answer.text());
    String words = words(answer, json);
    if (status >= 200 && status < 300) {
      return ofSuccess(answer, json, words, anySuccess);
    }
    return switch (status) {
      case 400, 413, 422 -> ofRefusal(answer, json, words);
      case 408, 499 -> new Outcome.Unknown(status, words, answer.retryAfter());
      // By their definitions the request was not processed.
      case 421, 425 -> new Outcome.Unavailable(status, words);
      case 429 -> new Outcome.RateLimited(status, words, answer.retryAfter());
      default ->
          status >= 300 && status < 500
              ? new Outcome.Misconfigured(status, words)
              : new Outcome.Unknown(status, words, answer.retryAfter());
    };
  }

  private static Outcome ofSuccess(
      HttpAnswer answer, @Nullable JsonNode json, @Nullable String words, boolean anySuccess) {
    if (anySuccess || (json != null && isAcceptance(json))) {
      return json == null
          ? new Outcome.Accepted(answer.status(), null, words)
          : new Outcome.Accepted(answer.status(), reqId(json), message(json));
    }
    return new Outcome.Unknown(
        answer.status(),
        "not the API's acceptance: " + (words == null ? "the answer is empty" : words),
        answer.retryAfter());
  }

  /** It says success, or gives a req_id and says nothing to the contrary. */
  private static boolean isAcceptance(JsonNode json) {
    if (isFailure(json) || describesError(json)) {
      return false;
    }
    String status = text(json, "status");
    return (status != null && status.strip().equalsIgnoreCase("success")) || reqId(json) != null;
  }

  private static Outcome ofRefusal(
      HttpAnswer answer, @Nullable JsonNode json, @Nullable String words) {
    if (json != null && blamesTheAccount(json)) {
      return new Outcome.Misconfigured(answer.status(), words);
    }
    if (json != null && (describesError(json) || isFailure(json))) {
      return new Outcome.Refused(answer.status(), words);
    }
    return new Outcome.Unknown(
        answer.status(),
        "not the API's refusal: " + (words == null ? "the answer is empty" : words),
        answer.retryAfter());
  }

  /** It has {@code title} or {@code description}, as this API's errors, or a sibling's error. */
  private static boolean describesError(JsonNode json) {
    JsonNode error = json.get("error");
    return text(json, "title") != null
        || text(json, "description") != null
        || (error != null && error.isString() && !error.stringValue().isBlank())
        || (error != null
            && error.isObject()
            && (text(error, "type") != null || text(error, "message") != null));
  }

  private static boolean isFailure(JsonNode json) {
    JsonNode status = json.get("status");
    if (isFalse(json.get("success")) || isFalse(status)) {
      return true;
    } else if (status != null && status.isNumber()) {
      return status.doubleValue() < 200 || status.doubleValue() >= 300;
    }
    return status != null
        && status.isString()
        && FAILED.matcher(plain(status.stringValue())).matches();
  }

  private static boolean isFalse(@Nullable JsonNode node) {
    return node != null && node.isBoolean() && !node.booleanValue();
  }

  /**
   * Tells whether an error blames workspace id, data centre, account or headers, and no event. The
   * phrase must be the whole first sentence: further on, a description may quote an event.
   */
  private static boolean blamesTheAccount(JsonNode json) {
    String title = text(json, "title");
    String description = text(json, "description");
    JsonNode error = json.get("error");
    if (title == null && description == null && error != null) {
      if (error.isObject()) {
        title = text(error, "type");
        description = text(error, "message");
      } else {
        String all = error.isString() ? error.stringValue() : "";
        int colon = all.indexOf(':');
        boolean titled = colon > 0 && ACCOUNT_TITLES.contains(plain(all.substring(0, colon)));
        title = titled ? all.substring(0, colon) : null;
        description = titled ? all.substring(colon + 1) : all;
      }
    }
    String kind = plain(title);
    if (ACCOUNT_ONLY_TITLES.contains(kind)) {
      return true;
    }
    String sentence = plain(description);
    return ACCOUNT_TITLES.contains(kind)
        && ACCOUNT_PHRASES.stream()
            .anyMatch(
                phrase ->
                    sentence.startsWith(phrase)
                        && (sentence.length() == phrase.length()
                            || ".!;".indexOf(sentence.charAt(phrase.length())) >= 0));
  }

  private static String plain(@Nullable String text) {
    return text == null ? "" : text.strip().toLowerCase(Locale.ROOT);
  }

  /**
   * Decides what a failed call means: whether anything can have reached the destination.
   *
   * <p>The message says the failure's kind and at most what the network says, and nothing that came
   * from the other side: without a status it may be logged.
   */
  static Outcome of(IOException failure, CallTrace trace) {
    if (failure instanceof EventsBody.UnwritableException) {
      return new Outcome.Refused(null, named(failure));
    }
    if (!trace.left()) {
      if (failure instanceof UnknownHostException) {
        return new Outcome.Misconfigured(
            null,
            named(failure)
                + "; check dataCenter or baseUrl, and whether this machine can resolve names");
      }
      return new Outcome.Unavailable(
          null,
          failure.getClass() == InterruptedIOException.class ? lateFor(trace) : named(failure));
    }
    return wasNotProcessed(failure)
        ? new Outcome.Unavailable(null, named(failure))
        : new Outcome.Unknown(null, named(failure), null);
  }

  /** Returns the outcome of a call that was given up before it had a connection. */
  static Outcome notConnected(CallTrace trace) {
    return new Outcome.Unavailable(null, lateFor(trace));
  }

  private static String lateFor(CallTrace trace) {
    return "no connection within callTimeout, after " + trace.step();
  }

  /** An HTTP/2 server has said that it did not process the request (RFC 9113, 8.7). */
  static boolean wasNotProcessed(IOException failure) {
    // Both are OkHttp's, in packages that it does not export.
    return switch (failure.getClass().getSimpleName()) {
      case "StreamResetException" ->
          "stream was reset: REFUSED_STREAM".equals(failure.getMessage());
      case "ConnectionShutdownException" -> true;
      default -> false;
    };
  }

  private static String named(IOException failure) {
    String name = failure.getClass().getSimpleName();
    String message = failure.getMessage();
    // Others quote what could not be understood, which the other side may have from us.
    boolean fromTheNetwork =
        failure instanceof SocketException
            || failure instanceof UnknownHostException
            || failure instanceof InterruptedIOException
            || failure instanceof SSLException
            || failure instanceof EventsBody.UnwritableException
            || name.equals("StreamResetException")
            || (message != null
                && (message.equals("Canceled")
                    || message.startsWith("unexpected end of stream on ")
                    || message.startsWith("Unexpected response code for CONNECT: ")
                    || message.equals("Failed to authenticate with proxy")));
    return (message == null || !fromTheNetwork ? name : name + ": " + message)
        + (isAboutTheCertificate(failure) ? UNTRUSTED : "");
  }

  private static boolean isAboutTheCertificate(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException || cause instanceof SSLPeerUnverifiedException) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable JsonNode parse(String body) {
    try {
      JsonNode node = MAPPER.readTree(body);
      return node != null && node.isObject() ? node : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  /** Returns the answer in words, and who else than the API must have said them; null if none. */
  private static @Nullable String words(HttpAnswer answer, @Nullable JsonNode json) {
    if (answer.redirectTo() != null) {
      return "answered by a redirect to " + answer.redirectTo();
    }
    String said = json == null ? null : message(json);
    if (said != null) {
      return said;
    }
    String text = answer.text().strip();
    if (text.isEmpty()) {
      return answer.incomplete();
    }
    return (text.startsWith("{") ? "" : "answered by a gateway" + kind(answer) + ": ")
        + (answer.incomplete() == null ? "" : "[" + answer.incomplete() + "] ")
        + text;
  }

  private static String kind(HttpAnswer answer) {
    return answer.contentType() == null ? "" : " (" + answer.contentType() + ")";
  }

  private static @Nullable String message(JsonNode json) {
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

  private static @Nullable String reqId(JsonNode json) {
    JsonNode value = json.get("req_id");
    return value != null && (value.isString() || value.isNumber()) ? text(json, "req_id") : null;
  }

  /** Returns a text or number, or null if it is none or blank. */
  private static @Nullable String text(JsonNode object, String name) {
    JsonNode value = object.get(name);
    if (value == null || !value.isValueNode() || value.isNull()) {
      return null;
    }
    String text = value.asString();
    return text.isBlank() ? null : text;
  }
}
