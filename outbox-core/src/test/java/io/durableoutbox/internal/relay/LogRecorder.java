package io.durableoutbox.internal.relay;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Keeps what the library logs, instead of showing it, until it is closed. */
final class LogRecorder extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private static final Logger LIBRARY = (Logger) LoggerFactory.getLogger("io.durableoutbox");

  private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
  private final @Nullable Level level = LIBRARY.getLevel();

  LogRecorder() {
    setContext(LIBRARY.getLoggerContext());
    start();
    LIBRARY.setLevel(Level.INFO);
    LIBRARY.setAdditive(false);
    LIBRARY.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    events.add(event);
  }

  List<ILoggingEvent> events(Level of) {
    return events.stream().filter(e -> e.getLevel() == of).toList();
  }

  List<String> lines(Level of) {
    return events(of).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Override
  public void close() {
    LIBRARY.detachAppender(this);
    LIBRARY.setAdditive(true);
    LIBRARY.setLevel(level);
  }
}
