/** The relay, which sends what waits in the outbox. */
@NullMarked
package io.durableoutbox.relay;

import org.jspecify.annotations.NullMarked;
