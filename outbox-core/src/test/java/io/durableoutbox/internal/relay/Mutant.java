package io.durableoutbox.internal.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * A defect: a source file of the internals with a piece of it replaced.
 *
 * @param defect what is wrong, in words
 * @param file the file below {@code io/durableoutbox/internal}, without {@code .java}
 * @param snippet what is replaced; occurs exactly once in it
 * @param replacement what comes in its place
 * @param symptom what the simulation must say
 */
record Mutant(String defect, String file, String snippet, String replacement, String symptom) {
  private static final String PACKAGE = "io.durableoutbox.internal";
  private static final List<Path> ROOTS =
      List.of(Path.of("src/main/java"), Path.of("src/test/java"));

  /** Names it in a test report. */
  @Override
  public String toString() {
    return defect;
  }

  /** Compiles it and returns a loader that has its classes in the place of the good ones. */
  ClassLoader compiled() {
    return new Loader(compile(file, source()));
  }

  private String source() {
    String source = sourceOf(file);
    int at = source.indexOf(snippet);
    if (at < 0 || source.indexOf(snippet, at + 1) >= 0) {
      throw new IllegalStateException(file + " has this not exactly once: " + snippet);
    }
    return source.substring(0, at) + replacement + source.substring(at + snippet.length());
  }

  /** Compiles files as they are and returns a loader like that of a mutant. */
  static ClassLoader unmutated(List<String> files) {
    Map<String, byte[]> classes = new HashMap<>();
    files.forEach(file -> classes.putAll(compile(file, sourceOf(file))));
    return new Loader(classes);
  }

  private static String sourceOf(String file) {
    Path inRoot = Path.of(PACKAGE.replace('.', '/'), file + ".java");
    Path path =
        ROOTS.stream()
            .map(root -> root.resolve(inRoot))
            .filter(Files::exists)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no " + inRoot + " in " + ROOTS));
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, byte[]> compile(String file, String source) {
    JavaCompiler compiler =
        Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "the tests need a JDK");
    StringWriter output = new StringWriter();
    try (Memory memory = new Memory(compiler.getStandardFileManager(null, Locale.ROOT, null))) {
      boolean ok =
          compiler
              .getTask(
                  output,
                  memory,
                  null,
                  List.of("-proc:none", "-nowarn", "-cp", System.getProperty("java.class.path")),
                  null,
                  List.of(new Source(file, source)))
              .call();
      if (!ok) {
        throw new IllegalStateException("can't compile " + file + ": " + output);
      }
      return memory.classes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    private Source(String file, String text) {
      super(URI.create("mutant:///" + file + Kind.SOURCE.extension), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Keeps what is compiled. */
  private static final class Memory extends ForwardingJavaFileManager<StandardJavaFileManager> {
    private final Map<String, ByteArrayOutputStream> outputs = new HashMap<>();

    private Memory(StandardJavaFileManager manager) {
      super(manager);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        JavaFileManager.Location location,
        String className,
        JavaFileObject.Kind kind,
        @Nullable FileObject sibling) {
      URI uri = URI.create("mutant:///" + className.replace('.', '/') + kind.extension);
      return new SimpleJavaFileObject(uri, kind) {
        @Override
        public OutputStream openOutputStream() {
          return outputs.computeIfAbsent(className, name -> new ByteArrayOutputStream());
        }
      };
    }

    private Map<String, byte[]> classes() {
      Map<String, byte[]> classes = new HashMap<>();
      outputs.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
      return classes;
    }
  }

  /** Has a copy of its own of each internal class; all others are the parent's. */
  private static final class Loader extends ClassLoader {
    private final Map<String, byte[]> compiled;

    private Loader(Map<String, byte[]> compiled) {
      super(Mutant.class.getClassLoader());
      this.compiled = compiled;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(PACKAGE + ".")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        byte[] bytes = bytesOf(name);
        return defineClass(name, bytes, 0, bytes.length);
      }
    }

    private byte[] bytesOf(String name) throws ClassNotFoundException {
      byte[] bytes = compiled.get(name);
      if (bytes != null) {
        return bytes;
      }
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        return in.readAllBytes();
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
