/**
 * What applications use: {@link io.durableoutbox.Action} to write and {@link
 * io.durableoutbox.Relay} to deliver.
 */
@NullMarked
package io.durableoutbox;

import org.jspecify.annotations.NullMarked;
