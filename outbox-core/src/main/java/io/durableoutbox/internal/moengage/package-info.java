/** The client of MoEngage's API: what goes out, what comes back, and what it means. */
@NullMarked
package io.durableoutbox.internal.moengage;

import org.jspecify.annotations.NullMarked;
