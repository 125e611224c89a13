package io.durableoutbox.internal.moengage;

import java.net.InetSocketAddress;
import java.net.Proxy;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Response;

/** How far a call has come: whether anything of it can have left, and on which connection. */
final class CallTrace extends EventListener {
  private final Connections connections;
  private final Runnable whenNotConnected;
  private volatile String step = "it began to resolve the host's name";
  private volatile boolean connected;
  private volatile boolean reused;
  private volatile boolean left;
  private volatile int status;

  /**
   * Makes one for a call.
   *
   * @param whenNotConnected run when the call is given up before it has a connection: looking up a
   *     name can't be interrupted, and may take longer than the call
   */
  CallTrace(Connections connections, Runnable whenNotConnected) {
    this.connections = connections;
    this.whenNotConnected = whenNotConnected;
  }

  /** Returns whether bytes of the request may have left. */
  boolean left() {
    return left;
  }

  /** Returns whether the call got a connection, a new one or not. */
  boolean connected() {
    return connected;
  }

  /** Returns whether the connection had been used by another call before. */
  boolean reused() {
    return reused;
  }

  /** Returns the status of the answer, or 0 if there was none. */
  int status() {
    return status;
  }

  /** Returns how far connecting had come, in words. */
  String step() {
    return step;
  }

  @Override
  public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
    step = "it began to connect to " + address;
  }

  @Override
  public void secureConnectStart(Call call) {
    step = "the TLS handshake began";
  }

  @Override
  public void connectionAcquired(Call call, Connection connection) {
    reused = connections.reused(connection);
    left = false;
    connected = true;
  }

  @Override
  public void requestHeadersStart(Call call) {
    left = true;
  }

  @Override
  public void responseHeadersEnd(Call call, Response response) {
    status = response.code();
  }

  @Override
  public void canceled(Call call) {
    if (!connected) {
      whenNotConnected.run();
    }
  }
}
