package io.durableoutbox.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.junit.jupiter.api.Test;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;

class JpaTransactionTest extends TransactionContract {
  @EntityScan
  static class JpaApplication extends Application {}

  private final EntityManager entities;

  JpaTransactionTest() {
    super(
        TestDatabase.postgres(),
        JpaApplication.class,
        "spring.jpa.hibernate.ddl-auto=validate",
        // The usual pair with Hibernate.
        "spring.datasource.hikari.auto-commit=false",
        "spring.jpa.properties.hibernate.connection.provider_disables_autocommit=true");
    entities =
        SharedEntityManagerCreator.createSharedEntityManager(
            context.getBean(EntityManagerFactory.class));
  }

  @Override
  void buy() {
    entities.persist(new Purchase());
  }

  @Test
  void theManagerIsJpas() {
    assertThat(transactionManager()).isInstanceOf(JpaTransactionManager.class);
  }
}
