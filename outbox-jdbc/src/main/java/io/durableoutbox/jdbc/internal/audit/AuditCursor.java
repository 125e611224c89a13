package io.durableoutbox.jdbc.internal.audit;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * A place in the order of all actions, as a text that nobody should look into: the last action of a
 * page. It has a check sum against being cut off or mistyped, and holds no personal data.
 *
 * @param part which of the tables
 * @param number the row's id while it waits, else its time in microseconds since 1970
 * @param key the row's workspace while it waits, else its UUID
 */
public record AuditCursor(Part part, long number, String key) {
  /** The tables in the order in which they are listed: an action only moves forward by itself. */
  public enum Part {
    WAITING,
    REJECTED,
    DELIVERED
  }

  public static AuditCursor waiting(String workspace, long id) {
    return new AuditCursor(Part.WAITING, id, workspace);
  }

  public static AuditCursor at(Part part, Instant time, UUID eventUuid) {
    return new AuditCursor(
        part, ChronoUnit.MICROS.between(Instant.EPOCH, time), eventUuid.toString());
  }

  Instant time() {
    return Instant.EPOCH.plus(number, ChronoUnit.MICROS);
  }

  UUID eventUuid() {
    return UUID.fromString(key);
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  static AuditCursor parse(String text) {
    try {
      String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      String[] parts = plain.split(":", 4);
      AuditCursor cursor =
          new AuditCursor(Part.valueOf(parts[1]), Long.parseLong(parts[2]), parts[3]);
      if (cursor.part != Part.WAITING) {
        cursor.eventUuid();
      }
      // Whatever else could be read as the same place is not what was given out.
      if (cursor.text().equals(text)) {
        return cursor;
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      // Falls through to the one message, which says what to do about it.
    }
    throw new IllegalArgumentException(
        "after must be the text that AuditPage.next() returned, unchanged, or null to begin");
  }

  String text() {
    String plain = part + ":" + number + ":" + key;
    CRC32 sum = new CRC32();
    sum.update(plain.getBytes(StandardCharsets.UTF_8));
    String checked = Long.toString(sum.getValue(), 36) + ":" + plain;
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(checked.getBytes(StandardCharsets.UTF_8));
  }
}
