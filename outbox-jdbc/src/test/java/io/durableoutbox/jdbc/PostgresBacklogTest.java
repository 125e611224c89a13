package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import org.junit.jupiter.api.Test;

class PostgresBacklogTest extends BacklogContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Test
  void nothingIsCountedBeyondTheBound() {
    db.execute(
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes, validated)"
            + " SELECT 'user-' || n, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web',"
            + " '{\"cid\":\"1\"}', true FROM generate_series(1, "
            + (WorkspaceBacklog.MAX_COUNT + 10)
            + ") n");
    assertThat(db.outbox.backlog())
        .singleElement()
        .satisfies(b -> assertThat(b.waiting()).isEqualTo(WorkspaceBacklog.MAX_COUNT));
  }
}
