package io.durableoutbox.spring;

/**
 * Gives the API keys, where they are not settings or change while the application runs. Define a
 * bean of it; it goes before {@code api-key} in the settings.
 */
@FunctionalInterface
public interface MoEngageApiKeys {
  /**
   * Returns the present key of a workspace. Asked for every request, and at each poll while the key
   * is refused, on the relay's thread, so it must not block: give what you read before. If it
   * throws, the actions wait.
   *
   * @param workspace the workspace's name, "default" where there is one
   */
  String keyOf(String workspace);
}
