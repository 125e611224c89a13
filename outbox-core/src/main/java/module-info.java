/** The words of the outbox and the relay that delivers: actions, the relay, the MoEngage client. */
module io.durableoutbox.core {
  requires static transitive org.jspecify;
  requires org.slf4j;
  requires tools.jackson.core;
  requires tools.jackson.databind;
  requires okhttp3;
  requires okio;

  exports io.durableoutbox;
  exports io.durableoutbox.destination;
  exports io.durableoutbox.relay;
  exports io.durableoutbox.store;
}
