package io.durableoutbox.testkit;

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

  private Answers() {}

  static String accepted(String reqId) {
    return "{\"status\":\"success\",\"message\":\"Your request has been accepted and will be"
        + " processed soon.\",\"req_id\":\""
        + reqId
        + "\"}";
  }

  static String invalidField(String field) {
    return "{\"title\":\"Invalid Field Value\",\"description\":\"elements - Validators Failed :"
        + " Validator: Element, Errored Field: "
        + field
        + "\",\"code\":\"NwRqMltB\"}";
  }

  static String error(String title) {
    return "{\"title\":\"" + title + "\",\"description\":\"" + title + "\"}";
  }
}
