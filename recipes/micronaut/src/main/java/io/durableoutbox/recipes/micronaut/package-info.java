/** The outbox in a Micronaut application: copy what you need. */
@NullMarked
package io.durableoutbox.recipes.micronaut;

import org.jspecify.annotations.NullMarked;
