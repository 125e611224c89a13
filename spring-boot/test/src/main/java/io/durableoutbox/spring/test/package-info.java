/** The simulated MoEngage in the tests of a Spring Boot application. */
@NullMarked
package io.durableoutbox.spring.test;

import org.jspecify.annotations.NullMarked;
