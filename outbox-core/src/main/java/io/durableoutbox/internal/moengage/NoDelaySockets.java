package io.durableoutbox.internal.moengage;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * Sockets that send at once. By default the end of a body waits until the server has acknowledged
 * its beginning, and the server delays that: 40 ms for each request of some kilobytes on Linux.
 */
public final class NoDelaySockets extends SocketFactory {
  private static final SocketFactory DEFAULT = SocketFactory.getDefault();

  private static Socket prompt(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    return socket;
  }

  @Override
  public Socket createSocket() throws IOException {
    return prompt(DEFAULT.createSocket());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return prompt(DEFAULT.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return prompt(DEFAULT.createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return prompt(DEFAULT.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return prompt(DEFAULT.createSocket(host, port, localHost, localPort));
  }
}
