package io.durableoutbox.cli.data;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How long this program waits for the database's socket, which drivers do for ever by default: a
 * relay would stand still when packets vanish, and a command would never end. What the URL sets
 * stays as it is.
 */
public enum DriverTimeouts {
  /** A relay's statements take milliseconds; what takes longer is better tried again. */
  RELAY(Duration.ofSeconds(60)),
  /** What a person waits for. */
  QUESTION(Duration.ofMinutes(5)),
  /** What may build an index, wait for another's migration, or go through a long history. */
  LONG(Duration.ofHours(1));

  /** To open a connection, the login included. */
  static final Duration CONNECT = Duration.ofSeconds(10);

  private final Duration socket;

  DriverTimeouts(Duration socket) {
    this.socket = socket;
  }

  /** Returns how long one answer of the database may take. */
  public Duration socket() {
    return socket;
  }

  /** Returns what the driver of a URL is told; nothing where it knows no such properties. */
  Map<String, String> properties(String url) {
    Map<String, String> properties = new LinkedHashMap<>();
    if (url.startsWith("jdbc:postgresql:")) {
      properties.put("connectTimeout", Long.toString(CONNECT.toSeconds()));
      properties.put("loginTimeout", Long.toString(CONNECT.toSeconds()));
      properties.put("socketTimeout", Long.toString(socket.toSeconds()));
      properties.put("tcpKeepAlive", "true");
    } else if (url.startsWith("jdbc:mariadb:") || url.startsWith("jdbc:mysql:")) {
      // Both drivers' are milliseconds, and both keep alive by default.
      properties.put("connectTimeout", Long.toString(CONNECT.toMillis()));
      properties.put("socketTimeout", Long.toString(socket.toMillis()));
      properties.put("tcpKeepAlive", "true");
    }
    // Not every driver lets its URL come before its properties.
    properties.keySet().removeIf(name -> isIn(url, name));
    return properties;
  }

  private static boolean isIn(String url, String parameter) {
    return url.matches("(?is).*[?&,(]\\s*" + parameter + "\\s*=.*");
  }
}
