package io.durableoutbox.infrastructure;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/** A certificate authority of its own, by the JDK's keytool. Closing it deletes its files. */
final class Certificates implements AutoCloseable {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String CA = "ca";

  private final Path home = Packages.folder("certificates");
  private final Path keys = home.resolve("keys.p12");

  /** Makes the authority. */
  Certificates() {
    keytool("-alias", CA, "-dname", "CN=Test authority", "-ext", "bc:c", "-validity", "2");
  }

  /**
   * Makes a certificate for {@code localhost} with its key.
   *
   * @param alias a new name
   * @return the file with both, as HAProxy reads them
   */
  Path pem(String alias, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-alias",
                alias,
                "-dname",
                "CN=localhost",
                "-signer",
                CA,
                "-ext",
                "san=dns:localhost,ip:127.0.0.1"));
    Collections.addAll(arguments, more);
    keytool(arguments.toArray(String[]::new));
    try {
      KeyStore store = store();
      StringBuilder pem = new StringBuilder();
      for (Certificate certificate : store.getCertificateChain(alias)) {
        append(pem, "CERTIFICATE", certificate.getEncoded());
      }
      append(pem, "PRIVATE KEY", store.getKey(alias, PASSWORD).getEncoded());
      return Files.writeString(home.resolve(alias + ".pem"), pem);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void append(StringBuilder pem, String kind, byte[] bytes) {
    Base64.Encoder encoder = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    pem.append("-----BEGIN ").append(kind).append("-----\n");
    pem.append(encoder.encodeToString(bytes));
    pem.append("\n-----END ").append(kind).append("-----\n");
  }

  /** Returns a file for {@code javax.net.ssl.trustStore}, with this authority only. */
  Path trustStore() {
    Path file = home.resolve("trust.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry(CA, store().getCertificate(CA));
      trust.store(out, PASSWORD);
      return file;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  String password() {
    return new String(PASSWORD);
  }

  private KeyStore store() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private void keytool(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-keystore",
                keys.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                password()));
    Collections.addAll(command, arguments);
    Packages.output(command);
  }

  @Override
  public void close() {
    Packages.delete(home);
  }
}
