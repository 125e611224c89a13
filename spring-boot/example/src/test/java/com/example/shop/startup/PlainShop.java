package com.example.shop.startup;

import com.example.shop.CustomerOrder;
import com.example.shop.OrderRepository;
import java.lang.management.ManagementFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;

/** An application with JPA and nothing of the outbox in it, which prints what its start took. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EntityScan(basePackageClasses = CustomerOrder.class)
@EnableJpaRepositories(basePackageClasses = OrderRepository.class)
class PlainShop {
  static final String FIGURES = "FIGURES ";

  public static void main(String[] args) {
    // Read only where the library is on the class path; nothing waits, so nothing is sent.
    System.setProperty("outbox.moengage.api-key", "none");
    ConfigurableApplicationContext context = SpringApplication.run(PlainShop.class, args);
    long millis = ManagementFactory.getRuntimeMXBean().getUptime();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    System.gc();
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1000;
    System.out.println(FIGURES + millis + " " + heap + " " + threads);
    context.close();
  }
}
