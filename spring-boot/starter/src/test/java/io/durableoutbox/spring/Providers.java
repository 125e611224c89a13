package io.durableoutbox.spring;

import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;

/** A bean that need not be in a context. */
final class Providers {
  private Providers() {}

  static <T> ObjectProvider<T> of(T bean) {
    return new ObjectProvider<>() {
      @Override
      public T getObject() {
        return bean;
      }

      @Override
      public Stream<T> stream() {
        return Stream.of(bean);
      }
    };
  }
}
