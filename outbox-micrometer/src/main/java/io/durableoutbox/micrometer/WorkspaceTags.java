package io.durableoutbox.micrometer;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which workspaces have a tag of their own: anybody can write any name into the outbox. */
final class WorkspaceTags {
  static final String OTHER = "other";
  static final int MAX = 100;

  private final Set<String> named = ConcurrentHashMap.newKeySet();

  String tag(String workspace) {
    if (named.contains(workspace)) {
      return workspace;
    }
    if (named.size() >= MAX) {
      return OTHER;
    }
    synchronized (this) {
      if (named.size() < MAX) {
        named.add(workspace);
      }
      return named.contains(workspace) ? workspace : OTHER;
    }
  }
}
