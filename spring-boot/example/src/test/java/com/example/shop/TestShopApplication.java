package com.example.shop;

import io.durableoutbox.spring.test.SimulatedMoEngage;
import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

public class TestShopApplication {
  public static void main(String[] args) {
    SpringApplication.from(ShopApplication::main).with(Simulated.class).run(args);
  }

  @TestConfiguration(proxyBeanMethods = false)
  @SimulatedMoEngage
  static class Simulated {
    @Bean
    ApplicationRunner firstOrder(OrderService orders, SimulatedDestination moEngage) {
      return args -> {
        orders.place("john@example.com", OrderServiceTest.BANNER);
        moEngage.awaitAccepted(1, Duration.ofSeconds(10));
        System.out.println("Delivered: " + moEngage.accepted());
      };
    }
  }
}
