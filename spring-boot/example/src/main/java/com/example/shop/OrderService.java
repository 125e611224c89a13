package com.example.shop;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.spring.TransactionalOutbox;
import java.util.Map;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
public class OrderService {
  private final OrderRepository orders;
  private final TransactionalOutbox outbox;

  public OrderService(OrderRepository orders, TransactionalOutbox outbox) {
    this.orders = orders;
    this.outbox = outbox;
  }

  @Transactional
  public Long place(String customer, Map<String, String> banner) {
    CustomerOrder order = orders.save(new CustomerOrder(customer));
    outbox.add(Action.clicked(customer, banner).platform(Platform.WEB).build());
    return order.getId(); // the action exists if and only if the order does
  }
}
