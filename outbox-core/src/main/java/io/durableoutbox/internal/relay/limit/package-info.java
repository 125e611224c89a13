/** How many requests may be out, how fast they leave, and how long what failed waits. */
@NullMarked
package io.durableoutbox.internal.relay.limit;

import org.jspecify.annotations.NullMarked;
