package io.durableoutbox.cli;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** What a PostgreSQL server, or a pooler before it, says to who may not come in. */
final class RefusingPostgres implements AutoCloseable {
  private static final int SSL_REQUEST = 80_877_103;
  private static final int GSS_REQUEST = 80_877_104;

  private final ServerSocket server;
  private final String state;

  RefusingPostgres(String state) {
    this.state = state;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::run, "refusing");
    thread.setDaemon(true);
    thread.start();
  }

  String url() {
    return "jdbc:postgresql://localhost:" + server.getLocalPort() + "/shop";
  }

  private void run() {
    try {
      while (true) {
        try (Socket socket = server.accept()) {
          refuse(socket);
        }
      }
    } catch (IOException e) {
      // Closed.
      return;
    }
  }

  private void refuse(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    int length = in.readInt();
    for (int code = in.readInt(); code == SSL_REQUEST || code == GSS_REQUEST; code = in.readInt()) {
      out.writeByte('N');
      length = in.readInt();
    }
    in.readFully(new byte[length - 8]);
    ByteArrayOutputStream fields = new ByteArrayOutputStream();
    for (String field : new String[] {"SFATAL", "C" + state, "Msecret words of the server"}) {
      fields.write(field.getBytes(StandardCharsets.US_ASCII));
      fields.write(0);
    }
    fields.write(0);
    out.writeByte('E');
    out.writeInt(fields.size() + 4);
    fields.writeTo(out);
    out.flush();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
