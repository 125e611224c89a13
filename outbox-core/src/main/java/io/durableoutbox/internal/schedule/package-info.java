/** The relay's loop and its threads for the store. */
@NullMarked
package io.durableoutbox.internal.schedule;

import org.jspecify.annotations.NullMarked;
