package io.durableoutbox;

/**
 * Tells a relay from outside that something was committed, so that it need not poll often.
 *
 * <p>It is only ever a help: the relay polls all the same, less often while the source is up, and
 * as usual while it is not. What a source misses comes later, and is never lost.
 *
 * <p>A source belongs to one relay, which starts and closes it.
 */
public interface WakeUpSource extends AutoCloseable {
  /**
   * Begins to listen. Called once, by {@link io.durableoutbox.relay.Relay#start}; what it throws is
   * thrown there. Must return at once, also when nothing can be reached: it goes on trying then.
   *
   * @param wakeUp to be called when something was committed, and each time that {@link #isUp} has
   *     become another: when it has become true, since signals may have been missed; when it has
   *     become false, so that the relay polls as usual again from that moment. May be called from
   *     any thread, as often as you like; it neither blocks nor throws
   */
  void start(Runnable wakeUp);

  /**
   * Returns whether a commit would be told of now, as far as is known. The relay asks before each
   * wait. Must neither block nor throw; from any thread.
   */
  boolean isUp();

  /** Ends it and frees its threads and connections, also if it was never started. */
  @Override
  void close();
}
