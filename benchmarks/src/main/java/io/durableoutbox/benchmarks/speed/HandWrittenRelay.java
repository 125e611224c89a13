package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.internal.moengage.NoDelaySockets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Credentials;
import okhttp3.Dispatcher;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * What a good engineer writes by hand for one service and one database, PostgreSQL: workers that
 * each claim 1,000 rows with a lease, send ten requests of 100 at once, wait for them, and move the
 * rows to the history. The same tables, columns and indexes as the library fills; none of its
 * checks, and no way on when something fails: whatever does, ends it.
 */
final class HandWrittenRelay implements AutoCloseable {
  static final int CLAIM = 1_000;
  static final int REQUEST = 100;

  private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");

  private static final String CLAIM_SQL =
      """
      UPDATE outbox
         SET claim_id = ?, claimed_by = ?, attempts = attempts + 1, available_at = now() + interval '60 s'
       WHERE workspace = 'default'
         AND id = ANY (ARRAY(SELECT id FROM outbox
                              WHERE workspace = 'default' AND available_at <= now()
                              ORDER BY id
                              LIMIT 1000
                                FOR UPDATE SKIP LOCKED))
      RETURNING id, event_uuid, customer_id, user_timezone_offset, user_attributes, action,
                extract(epoch FROM event_time)::bigint, platform, attributes
      """;

  private static final String SETTLE_SQL =
      """
      WITH gone AS (
        DELETE FROM outbox o
         USING unnest(?::bigint[], ?::uuid[]) AS s(id, request_id)
         WHERE o.workspace = 'default' AND o.id = s.id
        RETURNING s.request_id, o.*)
      INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                    user_timezone_offset, workspace, customer_id, action, platform,
                                    user_attributes, attributes)
      SELECT now(), created_at, event_time, event_uuid, request_id, attempts, refusals, user_timezone_offset,
             workspace, customer_id, action, platform, user_attributes, attributes
        FROM gone
      """;

  private static final String REQUESTS_SQL =
      """
      INSERT INTO outbox_request (id, claim_id, workspace, relay, started_at, duration_ms, status, elements, actions,
                                  bytes, outcome, req_id)
      SELECT r.id, ?, 'default', 'hand-written', now() - r.millis * interval '1 millisecond', r.millis, 200, r.actions,
             r.actions, r.bytes, 'accepted', r.req_id
        FROM unnest(?::uuid[], ?::integer[], ?::integer[], ?::integer[], ?::text[])
          AS r(id, millis, actions, bytes, req_id)
      """;

  private final DataSource dataSource;
  private final String url;
  private final OkHttpClient http;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;

  HandWrittenRelay(DataSource dataSource, String baseUrl, int workers) {
    this.dataSource = dataSource;
    this.url = baseUrl + "/v1/experiences/events";
    Dispatcher dispatcher =
        new Dispatcher(
            new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>()));
    dispatcher.setMaxRequests(Integer.MAX_VALUE);
    dispatcher.setMaxRequestsPerHost(Integer.MAX_VALUE);
    http =
        new OkHttpClient.Builder()
            .dispatcher(dispatcher)
            .socketFactory(new NoDelaySockets())
            .connectionPool(new okhttp3.ConnectionPool(64, 5, TimeUnit.MINUTES))
            .build();
    for (int i = 0; i < workers; i++) {
      Thread thread = new Thread(this::work, "hand-written-" + i);
      threads.add(thread);
    }
  }

  void start() {
    threads.forEach(Thread::start);
  }

  private record Row(long id, UUID eventUuid, String json) {}

  private record Sent(UUID id, List<Row> rows, int bytes, int millis, String reqId) {}

  private void work() {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      while (!stopping) {
        UUID claim = UUID.randomUUID();
        List<Row> rows = claim(connection, claim);
        if (rows.isEmpty()) {
          Thread.sleep(5);
          continue;
        }
        List<CompletableFuture<Sent>> requests = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += REQUEST) {
          requests.add(send(rows.subList(from, Math.min(from + REQUEST, rows.size()))));
        }
        settle(connection, claim, requests.stream().map(CompletableFuture::join).toList());
      }
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<Row> claim(Connection connection, UUID claim) throws SQLException {
    List<Row> rows = new ArrayList<>(CLAIM);
    try (PreparedStatement statement = connection.prepareStatement(CLAIM_SQL)) {
      statement.setObject(1, claim);
      statement.setString(2, "hand-written");
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(row(result));
        }
      }
    }
    connection.commit();
    return rows;
  }

  private static Row row(ResultSet row) throws SQLException {
    UUID eventUuid = row.getObject(2, UUID.class);
    StringBuilder json = new StringBuilder(512);
    json.append("{\"customer_id\":\"").append(row.getString(3)).append('"');
    String offset = row.getString(4);
    if (offset != null) {
      json.append(",\"user_timezone_offset\":").append(offset);
    }
    String userAttributes = row.getString(5);
    if (userAttributes != null) {
      json.append(",\"user_attributes\":").append(userAttributes);
    }
    json.append(",\"actions\":[{\"action\":\"").append(row.getString(6));
    json.append("\",\"moe_event_uuid\":\"").append(eventUuid);
    json.append("\",\"event_time\":").append(row.getLong(7));
    json.append(",\"platform\":\"").append(row.getString(8));
    json.append("\",\"attributes\":").append(row.getString(9)).append("}]}");
    return new Row(row.getLong(1), eventUuid, json.toString());
  }

  private CompletableFuture<Sent> send(List<Row> rows) {
    StringBuilder json = new StringBuilder(rows.size() * 512);
    json.append("{\"elements\":[");
    for (int i = 0; i < rows.size(); i++) {
      json.append(i == 0 ? "" : ",").append(rows.get(i).json);
    }
    byte[] body = json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    Request request =
        new Request.Builder()
            .url(url)
            .header("Authorization", Credentials.basic("TEST_WORKSPACE", "TEST_KEY"))
            .header("MOE-APPKEY", "TEST_WORKSPACE")
            .post(RequestBody.create(body, JSON))
            .build();
    CompletableFuture<Sent> sent = new CompletableFuture<>();
    long started = System.nanoTime();
    http.newCall(request)
        .enqueue(
            new Callback() {
              @Override
              public void onFailure(Call call, IOException e) {
                sent.completeExceptionally(e);
              }

              @Override
              public void onResponse(Call call, Response response) {
                try (response) {
                  String answer = response.body().string();
                  if (response.code() != 200) {
                    throw new IOException("status " + response.code());
                  }
                  int millis = (int) ((System.nanoTime() - started) / 1_000_000);
                  sent.complete(
                      new Sent(UUID.randomUUID(), rows, body.length, millis, reqId(answer)));
                } catch (IOException e) {
                  sent.completeExceptionally(e);
                }
              }
            });
    return sent;
  }

  private static String reqId(String answer) {
    int from = answer.indexOf(':', answer.indexOf("\"req_id\"") + 8);
    from = answer.indexOf('"', from) + 1;
    return answer.substring(from, answer.indexOf('"', from));
  }

  private static void settle(Connection connection, UUID claim, List<Sent> requests)
      throws SQLException {
    List<Long> ids = new ArrayList<>(CLAIM);
    List<UUID> requestIds = new ArrayList<>(CLAIM);
    for (Sent request : requests) {
      for (Row row : request.rows) {
        ids.add(row.id);
        requestIds.add(request.id);
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(SETTLE_SQL)) {
      statement.setArray(1, array(connection, "bigint", ids));
      statement.setArray(2, array(connection, "uuid", requestIds));
      if (statement.executeUpdate() != ids.size()) {
        throw new IllegalStateException("some rows were gone");
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(REQUESTS_SQL)) {
      statement.setObject(1, claim);
      statement.setArray(2, array(connection, "uuid", requests.stream().map(Sent::id).toList()));
      statement.setArray(
          3, array(connection, "int4", requests.stream().map(Sent::millis).toList()));
      statement.setArray(
          4, array(connection, "int4", requests.stream().map(r -> r.rows.size()).toList()));
      statement.setArray(5, array(connection, "int4", requests.stream().map(Sent::bytes).toList()));
      statement.setArray(6, array(connection, "text", requests.stream().map(Sent::reqId).toList()));
      statement.executeUpdate();
    }
    connection.commit();
  }

  private static Array array(Connection connection, String type, List<?> values)
      throws SQLException {
    return connection.createArrayOf(type, values.toArray());
  }

  @Override
  public void close() {
    stopping = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    http.dispatcher().executorService().shutdown();
    http.connectionPool().evictAll();
  }
}
