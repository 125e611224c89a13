package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.internal.sql.MySqlWords;
import org.junit.jupiter.api.Test;

class MySqlWordsTest {
  @Test
  void wordsThatPostgresAndH2ShareAreTranslated() {
    assertThat(MySqlWords.of("SELECT CURRENT_TIMESTAMP, CURRENT_TIMESTAMP(6)"))
        .isEqualTo("SELECT UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)");
    assertThat(
            MySqlWords.of(
                "SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)"
                    + " - EXTRACT(EPOCH FROM (SELECT MIN(r.started_at) FROM $.r r)) AS BIGINT)"))
        .isEqualTo(
            "SELECT CAST((TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00',"
                + " UTC_TIMESTAMP(6)) * 0.000001) - (TIMESTAMPDIFF(MICROSECOND, TIMESTAMP"
                + " '1970-01-01 00:00:00', (SELECT MIN(r.started_at) FROM $.r r)) * 0.000001) AS"
                + " SIGNED)");
    assertThat(
            MySqlWords.of(
                "DELETE FROM $.t a WHERE a.x > CAST(? AS uuid)"
                    + " AND a.y <= CAST(? AS timestamp(6) with time zone)"))
        .isEqualTo("DELETE a FROM $.t a WHERE a.x > ? AND a.y <= CAST(? AS datetime(6))");
  }

  @Test
  void otherWordsStay() {
    String own = "DELETE FROM $.outbox WHERE id IN (?) AND UTC_TIMESTAMP(6) > x";
    assertThat(MySqlWords.of(own)).isEqualTo(own);
  }
}
