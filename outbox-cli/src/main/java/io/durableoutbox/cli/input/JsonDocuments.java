package io.durableoutbox.cli.input;

import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON documents one after the other: usually one a line, but one may also go over several lines.
 * Holds one document in memory. What never ends is given as its first line alone, so that it can be
 * refused by its number, and the lines after it be read for themselves.
 */
public final class JsonDocuments implements AutoCloseable {
  /** The longest document, in characters: more than 100 actions of 64 kB. */
  static final int MAX_CHARS = 10_000_000;

  private final BufferedReader reader;
  private final Counting bytes;
  private final Deque<String> again = new ArrayDeque<>();
  private long line;

  private JsonDocuments(InputStream in) {
    bytes = new Counting(in);
    reader =
        new BufferedReader(
            new InputStreamReader(
                bytes,
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)));
  }

  public static JsonDocuments open(Path file) throws IOException {
    return new JsonDocuments(Files.newInputStream(file));
  }

  /**
   * A document, which may not be JSON at all.
   *
   * @param line the number of its first line, from 1
   * @param lastLine the number of its last
   */
  public record Document(long line, long lastLine, String text) {
    /** Holds personal data. */
    @Override
    public String toString() {
      return "Document[line " + line + "]";
    }
  }

  /** Returns the next one, or null at the end. */
  @Nullable
  public Document next() throws IOException {
    String first = nextLine();
    while (first != null && first.isBlank()) {
      first = nextLine();
    }
    if (first == null) {
      return null;
    }
    Nesting nesting = new Nesting();
    nesting.read(first);
    if (!nesting.isOpen()) {
      return new Document(line, line, first);
    }
    return continued(first, nesting);
  }

  private Document continued(String first, Nesting nesting) throws IOException {
    long begin = line;
    List<String> more = new ArrayList<>();
    int chars = first.length();
    while (nesting.isOpen() && chars < MAX_CHARS) {
      String next = nextLine();
      if (next == null) {
        break;
      }
      more.add(next);
      chars += next.length() + 1;
      nesting.read(next);
    }
    if (nesting.isOpen()) {
      line = begin;
      for (int i = more.size() - 1; i >= 0; i--) {
        again.push(more.get(i));
      }
      return new Document(begin, begin, first);
    }
    StringBuilder text = new StringBuilder(chars).append(first);
    more.forEach(next -> text.append('\n').append(next));
    return new Document(begin, line, text.toString());
  }

  private @Nullable String nextLine() throws IOException {
    String next = again.isEmpty() ? read() : again.pop();
    if (next != null) {
      line++;
    }
    return next;
  }

  private @Nullable String read() throws IOException {
    StringBuilder text = new StringBuilder();
    int c = reader.read();
    if (c < 0) {
      return null;
    }
    while (c >= 0 && c != '\n') {
      if (text.length() >= MAX_CHARS) {
        throw new CliException(
            ExitCode.INCOMPLETE,
            "line "
                + (line + 1)
                + " has more than "
                + MAX_CHARS
                + " characters; write one action a line");
      }
      if (c != '\uFEFF' || line > 0 || text.length() > 0) {
        text.append((char) c);
      }
      c = reader.read();
    }
    return text.toString();
  }

  /** Returns how many bytes were read. */
  public long bytes() {
    return bytes.count;
  }

  /** Returns the number of the line that was read last. */
  long line() {
    return line;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }

  /** Counts brackets outside of strings: whether a document goes on in the next line. */
  private static final class Nesting {
    private int depth;
    private boolean inString;

    void read(String text) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (inString) {
          if (c == '\\') {
            i++;
          } else if (c == '"') {
            inString = false;
          }
        } else if (c == '"') {
          inString = true;
        } else if (c == '{' || c == '[') {
          depth++;
        } else if (c == '}' || c == ']') {
          depth--;
        }
      }
      // No string goes over a line's end.
      inString = false;
    }

    boolean isOpen() {
      return depth > 0;
    }
  }

  private static final class Counting extends InputStream {
    private final InputStream in;
    private long count;

    Counting(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = in.read(buffer, offset, length);
      count += Math.max(0, read);
      return read;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
