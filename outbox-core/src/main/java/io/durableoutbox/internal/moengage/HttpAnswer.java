package io.durableoutbox.internal.moengage;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * An answer as far as it could be read.
 *
 * @param contentType type and subtype, or null if the answer names none
 * @param text the body without a byte order mark
 * @param incomplete why {@code text} is not the whole body, or null if it is
 * @param redirectTo where a redirect leads, without query; null if it is none
 * @param retryAfter for how long the answer asks to wait, or null if it does not
 */
record HttpAnswer(
    int status,
    @Nullable String contentType,
    String text,
    @Nullable String incomplete,
    @Nullable String redirectTo,
    @Nullable Duration retryAfter) {

  private static final String BROKE_OFF = "the answer broke off";
  // What is recorded of an answer is far shorter, but an acceptance must be whole to count.
  private static final int MAX_BYTES = 1 << 20;

  /** Returns an answer whose body could not be read at all. */
  static HttpAnswer broken(int status) {
    return new HttpAnswer(status, null, "", BROKE_OFF, null, null);
  }

  /** Reads an answer and closes it. */
  static HttpAnswer of(Response response) {
    MediaType type = response.body().contentType();
    Buffer read = new Buffer();
    String incomplete = null;
    try (ResponseBody body = response.body()) {
      BufferedSource source = body.source();
      while (read.size() < MAX_BYTES && source.read(read, MAX_BYTES - read.size()) != -1) {
        // Until the end or the bound.
      }
      if (read.size() == MAX_BYTES && !source.exhausted()) {
        incomplete = "the answer is longer than " + MAX_BYTES + " bytes";
      }
    } catch (IOException e) {
      incomplete = BROKE_OFF;
    }
    return new HttpAnswer(
        response.code(),
        type == null ? null : type.type() + "/" + type.subtype(),
        text(read.readByteArray(), type),
        incomplete,
        redirectTo(response),
        RetryAfter.askedFor(response.headers(), Instant.now()));
  }

  private static String text(byte[] bytes, @Nullable MediaType type) {
    Charset named = type == null ? null : type.charset();
    Charset charset = named == null ? StandardCharsets.UTF_8 : named;
    String text = new String(bytes, startsLikeUtf16(bytes) ? StandardCharsets.UTF_16 : charset);
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  private static boolean startsLikeUtf16(byte[] bytes) {
    return bytes.length > 1
        && ((bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xff)
            || (bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xfe));
  }

  private static @Nullable String redirectTo(Response response) {
    String location = response.code() / 100 == 3 ? response.header("Location") : null;
    HttpUrl url = location == null ? null : response.request().url().resolve(location);
    return url == null
        ? null
        : url.newBuilder().username("").password("").query(null).fragment(null).toString();
  }
}
