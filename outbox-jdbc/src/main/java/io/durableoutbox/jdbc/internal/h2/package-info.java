/** H2: its statements. */
@NullMarked
package io.durableoutbox.jdbc.internal.h2;

import org.jspecify.annotations.NullMarked;
