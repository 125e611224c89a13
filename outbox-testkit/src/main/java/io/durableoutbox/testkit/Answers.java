package io.durableoutbox.testkit;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** The bodies that the API's documentation shows. */
final class Answers {
  static final String UNAUTHORIZED =
      "{\"title\":\"Authentication required\",\"description\":\"Invalid API_KEY used in"
          + " Authentication Header\"}";
  static final String CLIENT_NOT_FOUND =
      "{\"title\":\"Request Error\",\"description\":\"MoEngage Client not found. Please check"
          + " values for headers - MOE-APPKEY or MOE-DBNAME\"}";
  static final String MALFORMED_JSON =
      "{\"title\":\"Malformed JSON\",\"description\":\"Could not decode the request body. The JSON"
          + " was incorrect or not encoded as UTF-8.\"}";
  static final String RATE_LIMITED =
      "{\"title\":\"Request limit reached\",\"description\":\"This API call has exceeded the rate"
          + " limit\",\"code\":\"KMxkunyz\"}";

  private static final String BASE62 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final long IDS = 218_340_105_584_896L; // 62^8
  // Odd and no multiple of 31, so that counting in these steps meets every id once.
  private static final long STEP = 97_031_415_926_537L;
  private static final AtomicLong nextId =
      new AtomicLong(ThreadLocalRandom.current().nextLong(IDS));
  private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9_]{1,40}");

  private Answers() {}

  static String accepted(String reqId) {
    return "{\"status\":\"success\",\"message\":\"Your request has been accepted and will be"
        + " processed soon.\",\"req_id\":\""
        + reqId
        + "\"}";
  }

  /** A field that the sender made up is named only if its name needs no escaping. */
  static String invalidField(String field) {
    return "{\"title\":\"Invalid Field Value\",\"description\":\"elements - Validators Failed :"
        + " Validator: Element, Errored Field: "
        + (HARMLESS.matcher(field).matches() ? field : "unknown")
        + "\",\"code\":\"NwRqMltB\"}";
  }

  /** The shape of errors that the sibling APIs have. */
  static String siblingError(String type, String message) {
    return "{\"status\":\"fail\",\"error\":{\"type\":\""
        + type
        + "\",\"message\":\""
        + message
        + "\",\"request_id\":\"NwRqMltB\"}}";
  }

  static String error(String title) {
    return "{\"title\":\"" + title + "\",\"description\":\"" + title + "\"}";
  }

  /** Eight letters and digits that no other request of this JVM has. */
  static String newReqId() {
    long id = nextId.getAndUpdate(n -> (n + STEP) % IDS);
    char[] text = new char[8];
    for (int i = 0; i < text.length; i++) {
      text[i] = BASE62.charAt((int) (id % 62));
      id /= 62;
    }
    return new String(text);
  }
}
