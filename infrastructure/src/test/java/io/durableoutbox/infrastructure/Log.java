package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** What the library warns of, kept instead of printed. Thread-safe. */
final class Log extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger library = (Logger) LoggerFactory.getLogger("io.durableoutbox");
  private final Level before = library.getLevel();
  private final Queue<String> warnings = new ConcurrentLinkedQueue<>();

  /** Starts to listen. */
  Log() {
    setContext((LoggerContext) LoggerFactory.getILoggerFactory());
    start();
    library.setLevel(Level.WARN);
    library.addAppender(this);
    library.setAdditive(false);
  }

  @Override
  protected void append(ILoggingEvent event) {
    warnings.add(event.getFormattedMessage());
  }

  /** Checks that a warning has all of these words. */
  void told(String... words) {
    assertThat(warnings).anySatisfy(warning -> assertThat(warning).contains(words));
  }

  @Override
  public void close() {
    library.setAdditive(true);
    library.detachAppender(this);
    library.setLevel(before);
  }
}
