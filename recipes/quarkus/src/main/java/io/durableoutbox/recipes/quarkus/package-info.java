/** The outbox in a Quarkus application: copy what you need. */
@NullMarked
package io.durableoutbox.recipes.quarkus;

import org.jspecify.annotations.NullMarked;
