/**
 * What a relay stands on: a {@link io.durableoutbox.spi.RelayStore} that holds the actions and
 * {@link io.durableoutbox.spi.Destination}s that take them. Applications need this package only to
 * build their own.
 */
@NullMarked
package io.durableoutbox.spi;

import org.jspecify.annotations.NullMarked;
