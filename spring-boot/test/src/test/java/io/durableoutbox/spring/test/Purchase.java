package io.durableoutbox.spring.test;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import org.jspecify.annotations.Nullable;

@Entity
class Purchase {
  @Id @GeneratedValue @Nullable Long id;
}
