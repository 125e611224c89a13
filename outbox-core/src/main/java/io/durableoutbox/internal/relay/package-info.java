/**
 * The relay's decisions. {@link io.durableoutbox.internal.relay.RelayEngine} and what it owns run
 * on one loop and are given their clock, scheduler, randomness, store and destinations, so that a
 * simulation can run them too.
 */
@NullMarked
package io.durableoutbox.internal.relay;

import org.jspecify.annotations.NullMarked;
