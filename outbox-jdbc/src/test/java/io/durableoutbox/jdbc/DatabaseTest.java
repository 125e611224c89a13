package io.durableoutbox.jdbc;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** One database for all tests of a class, emptied before each. */
@TestInstance(Lifecycle.PER_CLASS)
public abstract class DatabaseTest {
  // Set before any test runs.
  @SuppressWarnings("NullAway.Init")
  protected TestOutbox db;

  protected abstract TestDatabase newDatabase();

  /** Sets the pool up as some users have it. */
  protected void setUp(HikariConfig config) {}

  @BeforeAll
  void openDatabase() {
    db = new TestOutbox(newDatabase(), this::setUp);
  }

  @BeforeEach
  void emptyDatabase() {
    db.clear();
  }

  @AfterAll
  void closeDatabase() {
    db.close();
  }
}
