package com.example.shop;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayListener;
import io.durableoutbox.spring.MoEngageApiKeys;
import io.durableoutbox.spring.OutboxDataSource;
import io.durableoutbox.spring.RelayCustomizer;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** What docs/spring-boot.md quotes besides the shop. */
final class Snippets {
  static final class Keys {
    private volatile Map<String, String> keys = Map.of();

    @Bean
    MoEngageApiKeys apiKeys() {
      return workspace -> keys.get(workspace); // a map that you refresh elsewhere
    }

    void refresh(Map<String, String> read) {
      keys = read;
    }
  }

  static final class DataSources {
    @Bean
    @OutboxDataSource
    DataSource ordersDataSource() {
      return DataSourceBuilder.create().url("jdbc:postgresql://localhost/orders").build();
    }

    @Bean
    JdbcTransactionManager ordersTransactions(@OutboxDataSource DataSource orders) {
      return new JdbcTransactionManager(orders);
    }
  }

  static final class Relays {
    @Bean
    RelayListener alarm() {
      return event -> {
        if (event instanceof RelayEvent.Paused paused) {
          System.out.println("MoEngage is paused: " + paused.cause());
        }
      };
    }

    @Bean
    RelayCustomizer onWeekends() {
      return relay -> relay.maxRequestsPerMinute(60);
    }
  }

  private Snippets() {}
}
