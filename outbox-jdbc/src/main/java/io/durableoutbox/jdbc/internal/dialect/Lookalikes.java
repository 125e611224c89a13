package io.durableoutbox.jdbc.internal.dialect;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.internal.sql.Session;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * Databases that speak PostgreSQL's or MySQL's protocol and name themselves so, and differ in what
 * the outbox relies on: row locks with {@code SKIP LOCKED}, what a transaction sees, partitions and
 * the catalog. Nothing of the library was run on them, so an outbox on one is refused when it is
 * made. One that nobody has named here is taken for what it says that it is.
 */
public final class Lookalikes {
  private Lookalikes() {}

  /**
   * A product.
   *
   * @param sign what its version text has and no other's
   */
  private record Product(String name, String sign, String why) {}

  private static final String POSTGRES_DIFFERS =
      "its locks, partitions and catalog are not PostgreSQL's";

  private static final String MYSQL_DIFFERS = "its locks and transactions are not MySQL's";

  private static final List<Product> ALL =
      List.of(
          new Product("CockroachDB", "CockroachDB", POSTGRES_DIFFERS),
          new Product("YugabyteDB", "-YB-", POSTGRES_DIFFERS),
          new Product("Amazon Redshift", "Redshift", POSTGRES_DIFFERS),
          new Product("Greenplum", "Greenplum Database", POSTGRES_DIFFERS),
          new Product("TiDB", "-TiDB-", "it has no FOR UPDATE SKIP LOCKED"),
          new Product("Vitess", "-Vitess", MYSQL_DIFFERS),
          new Product("OceanBase", "OceanBase", MYSQL_DIFFERS),
          new Product("SingleStore", "SingleStore", MYSQL_DIFFERS));

  /**
   * Refuses a database that is not what it says that it is.
   *
   * @throws OutboxException naming the product, why, and the way out
   */
  public static void refuse(Connection connection, Session session) throws SQLException {
    if (session == Session.H2) {
      return;
    }
    String sql =
        session == Session.POSTGRES
            ? "/* outbox:product */ SELECT version()"
            : "/* outbox:product */ SELECT CONCAT(VERSION(), ' ', @@version_comment)";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      Optional<String> refusal = refusal(row.getString(1));
      if (refusal.isPresent()) {
        throw new OutboxException(refusal.get());
      }
    }
  }

  /** Returns why a database with such a version text is refused, if it is. */
  public static Optional<String> refusal(String version) {
    return ALL.stream()
        .filter(product -> version.contains(product.sign))
        .findFirst()
        .map(
            product ->
                "This database is "
                    + product.name
                    + ", on which the outbox was never run: "
                    + product.why
                    + ". Put the outbox where your transactions are on PostgreSQL, MariaDB or"
                    + " MySQL; docs/databases.md says what "
                    + product.name
                    + " would need");
  }
}
