package io.durableoutbox.spring;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings below {@code outbox}. Their defaults are the library's own, which a test holds.
 *
 * @param enabled Whether the outbox and its relay are made at all.
 * @param schema Schema that holds the outbox's tables, by its exact name; default: the connections'
 *     own search path.
 * @param maxActionBytes How large one action may be as it is sent, from 1000 to 262144 bytes.
 * @param asynchronousCommit Whether the relay commits its claims and outcomes on PostgreSQL without
 *     waiting for the disk; what the application writes is as durable in either case.
 * @param migrations Whether the outbox's tables are made and upgraded when the application starts,
 *     after its own migrations, or only checked.
 * @param moengage The MoEngage workspace named "default".
 * @param workspaces More MoEngage workspaces, by the name that their actions have. Each takes the
 *     settings of outbox.moengage.
 */
@ConfigurationProperties("outbox")
record OutboxProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable String schema,
    @DefaultValue("65536") int maxActionBytes,
    @DefaultValue("true") boolean asynchronousCommit,
    @DefaultValue("run") Migrations migrations,
    @Nullable Workspace moengage,
    @DefaultValue Map<String, Workspace> workspaces,
    @DefaultValue RelaySettings relay,
    @DefaultValue MaintenanceSettings maintenance,
    @DefaultValue HealthSettings health) {

  /** What is done about the schema at start. */
  enum Migrations {
    /** Run what is missing, with Flyway and a history table of the outbox's own. */
    RUN,
    /** Check the version and run nothing. */
    CHECK
  }

  /**
   * A MoEngage workspace.
   *
   * @param workspaceId Workspace id (formerly app id), in MoEngage's dashboard under Settings,
   *     Account, APIs.
   * @param apiKey API key of the Personalize tile. Not needed where a MoEngageApiKeys bean gives
   *     it.
   * @param dataCenter Data centre, two or three digits like 01. This or base-url is required.
   * @param baseUrl Address up to and without /v1/experiences/events, for a proxy. https, or http to
   *     this machine's loopback.
   * @param callTimeout How long one call may take in all, from 1ms to 10m. The relay's lease must
   *     exceed it by 5s.
   * @param acceptAnySuccess Whether every answer with a 2xx status counts as an acceptance,
   *     whatever its body says.
   */
  record Workspace(
      @Nullable String workspaceId,
      @Nullable String apiKey,
      @Nullable String dataCenter,
      @Nullable String baseUrl,
      @DefaultValue("20s") Duration callTimeout,
      @DefaultValue("false") boolean acceptAnySuccess) {

    /** Without the key. */
    @Override
    public String toString() {
      return "Workspace[workspaceId=" + workspaceId + "]";
    }
  }

  /**
   * The relay.
   *
   * @param enabled Whether this application sends. Without it, it only writes actions, and a relay
   *     elsewhere sends them.
   * @param name Name that claims and requests carry, to tell relays apart in SQL and logs; default:
   *     made from the process id.
   * @param pollInterval How long an idle relay waits at most before it looks again, and up to 4 %
   *     less. After a commit of this application it is woken at once.
   * @param lease How long claimed actions are held. When a relay dies, others wait so long before
   *     they take over.
   * @param retryMin Shortest pause of a workspace after a failure that is not the actions'.
   * @param retryMax Longest pause of a workspace after a failure that is not the actions'.
   * @param maxRetryAfter Longest pause that MoEngage may ask for.
   * @param dedupeWindow For how long MoEngage is trusted to recognise an event UUID. Actions that
   *     are older and may have arrived are sent again with a warning.
   * @param closeTimeout How long a stop waits for what is out. Must be shorter than
   *     spring.lifecycle.timeout-per-shutdown-phase; default: nine tenths of that, at most 30s.
   * @param minRequestsInFlight Number of requests at once below which it does not go because
   *     answers are slow.
   * @param maxRequestsInFlight How many requests may be out at once, for each workspace, from 1 to
   *     256.
   * @param maxRequestsPerMinute How many requests this relay may send to each workspace in a
   *     minute; default: any number.
   * @param maxActionsPerMinute How many actions this relay may send to each workspace in a minute;
   *     default: any number.
   * @param maxRefusalsInARow How many actions of different customers are rejected one after the
   *     other while nothing is accepted, before the workspace is paused, from 1 to 10000.
   * @param maxElementsPerRequest How many users a request may have, from 1 to 100.
   * @param maxActionsPerRequest How many actions a request may have, from 1 to 100000.
   * @param maxRequestBytes How large a request's body may be, from 1000 to 10000000 bytes.
   */
  record RelaySettings(
      @DefaultValue("true") boolean enabled,
      @Nullable String name,
      @DefaultValue("500ms") Duration pollInterval,
      @DefaultValue("60s") Duration lease,
      @DefaultValue("1s") Duration retryMin,
      @DefaultValue("5m") Duration retryMax,
      @DefaultValue("15m") Duration maxRetryAfter,
      @DefaultValue("24h") Duration dedupeWindow,
      @Nullable Duration closeTimeout,
      @DefaultValue("1") int minRequestsInFlight,
      @DefaultValue("8") int maxRequestsInFlight,
      @Nullable Integer maxRequestsPerMinute,
      @Nullable Integer maxActionsPerMinute,
      @DefaultValue("20") int maxRefusalsInARow,
      @DefaultValue("100") int maxElementsPerRequest,
      @DefaultValue("1000") int maxActionsPerRequest,
      @DefaultValue("100000") int maxRequestBytes) {}

  /**
   * The maintenance.
   *
   * @param enabled Whether this application keeps the history in order: makes partitions ahead,
   *     deletes and redacts what is too old. Without it nothing is ever deleted.
   * @param name Name that stands in outbox_maintenance and outbox_operation; default: made from the
   *     process id.
   * @param keepDelivered How long delivered actions are kept, from 1d to 3650d.
   * @param keepRejected How long rejected and cancelled actions are kept, from 1d to 3650d;
   *     default: for ever.
   * @param redactDelivered After which time personal data is taken out of delivered actions;
   *     default: never.
   * @param redactRejected After which time personal data is taken out of rejected and cancelled
   *     actions; default: never.
   * @param partitionsAhead How many days, today included, shall have a partition of their own, from
   *     2 to 366. PostgreSQL only.
   * @param batchSize About how many rows one transaction deletes or redacts.
   * @param interval How long it waits between two runs, give or take a tenth.
   */
  record MaintenanceSettings(
      @DefaultValue("false") boolean enabled,
      @Nullable String name,
      @DefaultValue("90d") Duration keepDelivered,
      @Nullable Duration keepRejected,
      @Nullable Duration redactDelivered,
      @Nullable Duration redactRejected,
      @DefaultValue("14") int partitionsAhead,
      @DefaultValue("2000") int batchSize,
      @DefaultValue("1h") Duration interval) {}

  /**
   * What Actuator's health contributor says.
   *
   * @param pausedStatus Status while a workspace is paused, because MoEngage is down, refuses the
   *     key, or somebody paused it: up, unknown, out-of-service or down. The last two make the
   *     health of the whole application 503, and take it out of a load balancer that asks for it.
   */
  record HealthSettings(@DefaultValue("up") PausedStatus pausedStatus) {}

  /** A status of Actuator's. */
  enum PausedStatus {
    /** UP, with the reasons as details. */
    UP,
    /** UNKNOWN, which is HTTP 200. */
    UNKNOWN,
    /** OUT_OF_SERVICE, which is HTTP 503. */
    OUT_OF_SERVICE,
    /** DOWN, which is HTTP 503. */
    DOWN
  }
}
