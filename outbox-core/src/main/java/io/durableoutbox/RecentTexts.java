package io.durableoutbox;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A few texts that passed a check lately, so that the check of the same text is a comparison. Many
 * users see the same experience, whose context is the same text each time. A text may push out
 * another, and only then is it forgotten; at most 256 KB are held. Thread-safe.
 */
final class RecentTexts {
  private static final int SLOTS = 64;
  private static final int MAX_LENGTH = 2_048;

  private final AtomicReferenceArray<@Nullable String> slots = new AtomicReferenceArray<>(SLOTS);

  boolean contains(String text) {
    return text.equals(slots.get(slot(text)));
  }

  void add(String text) {
    if (text.length() <= MAX_LENGTH) {
      slots.set(slot(text), text);
    }
  }

  private static int slot(String text) {
    int hash = text.hashCode();
    return (hash ^ hash >>> 16) & SLOTS - 1;
  }
}
