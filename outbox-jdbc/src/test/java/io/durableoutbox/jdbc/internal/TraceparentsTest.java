package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TraceparentsTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  @Test
  void whatTheStandardAllowsIsTakenAsItIs() {
    for (String valid :
        List.of(
            "00-" + TRACE + "-" + SPAN + "-01",
            "00-" + TRACE + "-" + SPAN + "-00",
            "01-" + TRACE + "-" + SPAN + "-ff",
            "cc-" + TRACE + "-" + SPAN + "-01-",
            "cc-" + TRACE + "-" + SPAN + "-01-" + "x".repeat(128 - 56))) {
      assertThat(new Traceparents(() -> valid).current()).isEqualTo(valid);
    }
  }

  @Test
  void whatIsNoTraceparentIsDropped() {
    for (String invalid :
        List.of(
            "",
            "00",
            TRACE,
            "ff-" + TRACE + "-" + SPAN + "-01",
            "00-" + "0".repeat(32) + "-" + SPAN + "-01",
            "00-" + TRACE + "-" + "0".repeat(16) + "-01",
            "00-" + TRACE.toUpperCase(java.util.Locale.ROOT) + "-" + SPAN + "-01",
            "00-" + TRACE + "-" + SPAN + "-01-more",
            "00-" + TRACE + "-" + SPAN + "-01\n",
            "00-" + TRACE + "-" + SPAN,
            "cc-" + TRACE + "-" + SPAN + "-01.more",
            "cc-" + TRACE + "-" + SPAN + "-01-\0",
            "cc-" + TRACE + "-" + SPAN + "-01-" + "x".repeat(129 - 56))) {
      assertThat(new Traceparents(() -> invalid).current()).as(invalid).isNull();
    }
  }
}
