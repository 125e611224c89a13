package io.durableoutbox.cli.data;

import java.io.IOException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What a failure of the database means and the way out, by SQLState and the family's own code; the
 * words of drivers differ, and may quote what they were given.
 */
public final class DatabaseFailures {
  private static final Set<Integer> MYSQL_DENIED = Set.of(1142, 1143, 1227);
  private static final Set<Integer> MYSQL_LOGIN = Set.of(1045, 1251, 1524, 1698);
  private static final Set<Integer> MYSQL_TOO_MANY = Set.of(1040, 1203, 1226);
  private static final Set<Integer> MYSQL_READ_ONLY = Set.of(1290, 1792, 1836);
  private static final Set<String> READ_ONLY = Set.of("25006", "90097");
  private static final Pattern HOST = Pattern.compile("^jdbc:[a-z0-9:]+//([^/?;#]*)");

  private DatabaseFailures() {}

  /**
   * Returns the cause and the way out, to follow a colon, or nothing.
   *
   * @param url the JDBC URL, or null if it is not known any more; only its hosts are named
   * @param password whether a password was given
   */
  public static String hint(Throwable failure, @Nullable String url, boolean password) {
    String state = state(failure);
    int code = code(failure);
    if (has(failure, SSLException.class)
        || has(failure, java.security.cert.CertificateException.class)) {
      return "no TLS connection could be agreed on; " + tls(url);
    }
    if (state == null) {
      return "";
    }
    String hint = isMySql(failure, url) ? ofMySql(failure, state, code, password, url) : "";
    return hint.isEmpty() ? byState(state, failure, url, password) : hint;
  }

  private static String ofMySql(
      Throwable failure, String state, int code, boolean password, @Nullable String url) {
    // MariaDB's driver's own, for MySQL's default authentication without TLS or a certificate.
    boolean mariaDbs = url != null && url.startsWith("jdbc:mariadb:");
    if (mariaDbs && (state.equals("S1009") || (state.equals("42000") && code == -1))) {
      return "the server's authentication, caching_sha2_password, wants TLS or the server's key; add"
          + " serverSslCert=FILE, or sslMode=trust, or sslMode=disable&allowPublicKeyRetrieval=true"
          + " to OUTBOX_JDBC_URL (docs/databases.md, TLS)";
    }
    // Nothing was wrong with the network, so the drivers refuse for want of TLS.
    if (state.startsWith("08") && code <= 0 && !has(failure, IOException.class)) {
      return "no TLS connection could be agreed on; " + tls(url);
    }
    if (MYSQL_LOGIN.contains(code)) {
      return login(password);
    }
    if (MYSQL_TOO_MANY.contains(code)) {
      return TOO_MANY;
    }
    if (code == 1044 || code == 1049) {
      return NO_DATABASE;
    }
    if (MYSQL_READ_ONLY.contains(code)) {
      return TAKES_NO_WRITES;
    }
    if (MYSQL_DENIED.contains(code)) {
      return "this user lacks a privilege";
    }
    return code == 1205 ? "another session holds a lock for too long; end it, and try again" : "";
  }

  private static final String TOO_MANY =
      "the server has no connection left; end idle ones, make pools smaller, or raise"
          + " max_connections (this program takes up to 4)";
  private static final String NO_DATABASE =
      "there is no such database, or not for this user; correct its name in OUTBOX_JDBC_URL, or"
          + " create it";
  private static final String TAKES_NO_WRITES =
      "the database takes no writes (a standby, a replica, or read-only by a setting); point"
          + " OUTBOX_JDBC_URL at the primary, and run outbox-cli check there";

  private static String login(boolean password) {
    return password
        ? "the server refused the login; check OUTBOX_JDBC_USER and OUTBOX_JDBC_PASSWORD, and that"
            + " this user may come from this machine"
        : "the server refused the login, and no password was given; set OUTBOX_JDBC_PASSWORD or"
            + " OUTBOX_JDBC_PASSWORD_FILE";
  }

  private static String byState(
      String state, Throwable failure, @Nullable String url, boolean password) {
    if (READ_ONLY.contains(state)) {
      return TAKES_NO_WRITES;
    }
    return switch (state) {
      case "53300" -> TOO_MANY;
      case "3D000", "90013", "90146" -> NO_DATABASE;
      case "42501", "90096" -> "this user lacks a privilege";
      case "57P03" -> "the server is starting up, shutting down or recovering; wait, and try again";
      case "57P01", "57P02" -> "the server was shut down or ended this session; try again";
      case "57014", "HYT00", "55P03" ->
          "it took too long, or another session holds a lock; end that session, and try again";
      case "90020" ->
          "another process has the H2 file open; add ;AUTO_SERVER=TRUE to OUTBOX_JDBC_URL in all"
              + " of them";
      // What PgBouncer says of all that is its own.
      case "08P01" ->
          "a pooler such as PgBouncer refused; pool_mode must be transaction or session, startup"
              + " parameters that it does not know belong into its ignore_startup_parameters, and"
              + " its max_client_conn may be used up";
      case "08004" -> rejected(url, password);
      default -> byClass(state, failure, url, password);
    };
  }

  /** PostgreSQL's driver has one state for a password that is missing and for TLS. */
  private static String rejected(@Nullable String url, boolean password) {
    return password ? "the connection was refused; " + tls(url) : login(false);
  }

  private static String byClass(
      String state, Throwable failure, @Nullable String url, boolean password) {
    if (state.startsWith("28")) {
      return login(password);
    }
    if (state.startsWith("08") || state.equals("90067")) {
      return "the database"
          + at(url)
          + (has(failure, UnknownHostException.class)
              ? " has a host name that is not known; correct it in OUTBOX_JDBC_URL"
              : " can't be reached, or did not answer in time; check that it runs, the host and"
                  + " port in OUTBOX_JDBC_URL, and the network");
    }
    return "";
  }

  private static String at(@Nullable String url) {
    String hosts = url == null ? "" : hosts(url);
    return hosts.isEmpty() ? "" : " at " + hosts;
  }

  /** Returns the hosts and ports, without what may stand before them. */
  public static String hosts(String url) {
    Matcher matcher = HOST.matcher(url);
    if (!matcher.find()) {
      return "";
    }
    String authority = matcher.group(1).replaceAll("[^,@]*@", "");
    // Connector/J has a form with keys, which could hold anything.
    return authority.matches("[\\w.:,\\[\\]-]+") ? authority : "";
  }

  private static String tls(@Nullable String url) {
    return url != null && url.startsWith("jdbc:postgresql:")
        ? "add sslmode=require, sslmode=verify-full&sslrootcert=FILE or sslmode=disable to"
            + " OUTBOX_JDBC_URL, as the server wants it"
        : "add sslMode=verify-full&serverSslCert=FILE, sslMode=trust or sslMode=disable to"
            + " OUTBOX_JDBC_URL, as the server wants it (docs/databases.md, TLS)";
  }

  private static boolean isMySql(Throwable failure, @Nullable String url) {
    if (url != null) {
      return url.startsWith("jdbc:mariadb:") || url.startsWith("jdbc:mysql:");
    }
    // PostgreSQL's driver has no codes; H2's are all above.
    int code = code(failure);
    return code >= 1_000 && code < 10_000;
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the innermost SQLState: a pool's own tells nothing of the cause. */
  public static @Nullable String state(Throwable failure) {
    SQLException e = innermost(failure);
    return e == null ? null : e.getSQLState();
  }

  private static int code(Throwable failure) {
    SQLException e = innermost(failure);
    return e == null ? 0 : e.getErrorCode();
  }

  private static @Nullable SQLException innermost(Throwable failure) {
    SQLException found = null;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException s && s.getSQLState() != null) {
        found = s;
      }
    }
    return found;
  }
}
