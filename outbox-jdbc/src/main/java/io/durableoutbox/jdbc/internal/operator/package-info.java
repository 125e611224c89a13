/** Requeue, cancel and erase. */
@NullMarked
package io.durableoutbox.jdbc.internal.operator;

import org.jspecify.annotations.NullMarked;
