package io.durableoutbox.spring;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;
import org.springframework.transaction.support.TransactionTemplate;

/** An application's listeners of its own events. */
@Configuration(proxyBeanMethods = false)
class Listeners {
  record Before(Action action) {}

  record After(Action action, AtomicReference<@Nullable OutboxException> refusal) {
    After(Action action) {
      this(action, new AtomicReference<>());
    }

    @Nullable OutboxException failure() {
      return refusal.get();
    }
  }

  @Bean
  Listening listening(TransactionalOutbox outbox, PlatformTransactionManager transactions) {
    return new Listening(outbox, transactions);
  }

  static class Listening {
    private final TransactionalOutbox outbox;
    private final TransactionTemplate own;

    Listening(TransactionalOutbox outbox, PlatformTransactionManager transactions) {
      this.outbox = outbox;
      this.own = new TransactionTemplate(transactions);
      own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    @TransactionalEventListener(phase = TransactionPhase.BEFORE_COMMIT)
    void on(Before event) {
      outbox.add(event.action());
    }

    @TransactionalEventListener
    void on(After event) {
      try {
        outbox.add(event.action());
      } catch (OutboxException e) {
        event.refusal().set(e);
      }
      own.executeWithoutResult(status -> outbox.add(event.action()));
    }
  }
}
