package io.durableoutbox.jdbc.internal;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The application's supplier of the current traceparent, kept from doing harm. Thread-safe. */
public final class Traceparents {
  private static final Logger log = LoggerFactory.getLogger(Traceparents.class);

  /** The limit of the column. */
  private static final int MAX_LENGTH = 128;

  // https://www.w3.org/TR/trace-context/#traceparent-header: ids of zeros only are none, ff is no
  // version, and a version after 00 may have more fields.
  private static final String IDS_AND_FLAGS =
      "-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}";
  private static final Pattern VALID =
      Pattern.compile(
          "00" + IDS_AND_FLAGS + "|(?!00|ff)[0-9a-f]{2}" + IDS_AND_FLAGS + "(-[!-~]*)?");

  private final Supplier<? extends @Nullable String> supplier;
  private final AtomicBoolean told = new AtomicBoolean();

  /** Calls nothing yet. */
  public Traceparents(Supplier<? extends @Nullable String> supplier) {
    this.supplier = Objects.requireNonNull(supplier, "traceparent");
  }

  /** Returns the current traceparent, or null if there is none or none that is valid. */
  public @Nullable String current() {
    String value;
    try {
      value = supplier.get();
    } catch (Throwable t) {
      tell("failed with " + t.getClass().getName());
      return null;
    }
    if (value == null || isValid(value)) {
      return value;
    }
    tell("returned what is no W3C traceparent");
    return null;
  }

  private static boolean isValid(String value) {
    return value.length() <= MAX_LENGTH && VALID.matcher(value).matches();
  }

  private void tell(String what) {
    if (told.compareAndSet(false, true)) {
      log.warn("The supplier of the traceparent {}; actions are written without one", what);
    }
  }
}
