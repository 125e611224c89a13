/** The outbox in a Spring Boot application. */
@NullMarked
package io.durableoutbox.spring;

import org.jspecify.annotations.NullMarked;
