package io.durableoutbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecentTextsTest {
  private final RecentTexts recent = new RecentTexts();

  @Test
  void aTextIsKnownOnceItWasAddedAndByItsCharactersAlone() {
    assertThat(recent.contains("Aa")).isFalse();
    recent.add("Aa");
    assertThat(recent.contains(String.valueOf(new char[] {'A', 'a'}))).isTrue();
    assertThat("BB".hashCode()).isEqualTo("Aa".hashCode());
    assertThat(recent.contains("BB")).isFalse();
  }

  @Test
  void aTextPushesOutAnotherOfTheSameHash() {
    recent.add("Aa");
    recent.add("BB");
    assertThat(recent.contains("Aa")).isFalse();
    assertThat(recent.contains("BB")).isTrue();
  }

  @Test
  void aLongTextIsNotKept() {
    recent.add("x".repeat(2_048));
    recent.add("y".repeat(2_049));
    assertThat(recent.contains("x".repeat(2_048))).isTrue();
    assertThat(recent.contains("y".repeat(2_049))).isFalse();
  }

  @Test
  void textsOfDifferentHashesAreKeptBesideEachOther() {
    for (int i = 0; i < 40; i++) {
      recent.add("text-" + i);
    }
    long kept = IntStream.range(0, 40).filter(i -> recent.contains("text-" + i)).count();
    assertThat(kept).isGreaterThan(20);
  }
}
