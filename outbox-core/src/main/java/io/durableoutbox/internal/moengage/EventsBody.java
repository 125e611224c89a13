package io.durableoutbox.internal.moengage;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Request;
import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.Buffer;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The body of a request. Written into a buffer on the client's thread, so that its length is known,
 * and by streaming: the stored JSON of the attributes is spliced in as it is, never parsed.
 */
public final class EventsBody extends RequestBody {
  private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Request request;
  private @Nullable Buffer buffer;
  private volatile int bytes;

  public EventsBody(Request request) {
    this.request = request;
  }

  /** Returns the body's size, or 0 before it was needed. */
  int bytes() {
    return bytes;
  }

  @Override
  public MediaType contentType() {
    return JSON;
  }

  @Override
  public long contentLength() throws UnwritableException {
    return buffer().size();
  }

  /** Once bytes have left, only {@link SendTask} decides whether they leave again. */
  @Override
  public boolean isOneShot() {
    return true;
  }

  @Override
  public void writeTo(BufferedSink sink) throws UnwritableException {
    Buffer body = buffer();
    body.copyTo(sink.getBuffer(), 0, body.size());
  }

  private synchronized Buffer buffer() throws UnwritableException {
    Buffer b = buffer;
    if (b == null) {
      b = new Buffer();
      try {
        write(b);
      } catch (RuntimeException e) {
        // Its message quotes what it could not write.
        throw new UnwritableException(e.getClass().getSimpleName());
      }
      bytes = Math.toIntExact(b.size());
      buffer = b;
    }
    return b;
  }

  private void write(Buffer target) {
    try (JsonGenerator json =
        FACTORY.createGenerator(ObjectWriteContext.empty(), target.outputStream())) {
      json.writeStartObject();
      json.writeArrayPropertyStart("elements");
      for (Request.Element element : request.elements()) {
        write(json, element);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void write(JsonGenerator json, Request.Element element) {
    json.writeStartObject();
    json.writeStringProperty("customer_id", element.customerId());
    if (element.userTimezoneOffset() != null) {
      json.writeNumberProperty("user_timezone_offset", element.userTimezoneOffset());
    }
    if (element.userAttributes() != null) {
      json.writeName("user_attributes");
      json.writeRawValue(element.userAttributes());
    }
    json.writeArrayPropertyStart("actions");
    for (ClaimedAction action : element.actions()) {
      json.writeStartObject();
      json.writeStringProperty("action", action.action());
      json.writeStringProperty("moe_event_uuid", action.eventUuid().toString());
      json.writeNumberProperty("event_time", action.eventTimeSeconds());
      json.writeStringProperty("platform", action.platform());
      json.writeName("attributes");
      json.writeRawValue(action.attributes());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** An action can't be written as JSON in UTF-8, so nothing of the request has left. */
  static final class UnwritableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnwritableException(String cause) {
      super("an action can't be written as JSON (" + cause + ")");
    }
  }
}
