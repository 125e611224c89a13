package io.durableoutbox.spring.test;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.spring.TransactionalOutbox;
import jakarta.persistence.EntityManager;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
class PurchaseService {
  private final EntityManager entities;
  private final TransactionalOutbox outbox;

  PurchaseService(EntityManager entities, TransactionalOutbox outbox) {
    this.entities = entities;
    this.outbox = outbox;
  }

  @Transactional
  UUID buy(String customer, String workspace) {
    entities.persist(new Purchase());
    Action action =
        Action.clicked(
                customer,
                Map.of(
                    "cid",
                    "c1",
                    "experience",
                    "Banner",
                    "moe_locale_id",
                    "0",
                    "moe_variation_id",
                    "2",
                    "audience_name",
                    "All",
                    "audience_id",
                    "5A"))
            .platform(Platform.WEB)
            .workspace(workspace)
            .build();
    outbox.add(action);
    return action.eventUuid();
  }
}
