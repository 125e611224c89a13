/**
 * What the author of a destination needs: a {@link io.durableoutbox.destination.Destination} gets
 * {@link io.durableoutbox.destination.Request}s and says what came of each.
 */
@NullMarked
package io.durableoutbox.destination;

import org.jspecify.annotations.NullMarked;
