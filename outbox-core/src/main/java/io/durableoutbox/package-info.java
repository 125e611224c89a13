/**
 * What applications use: {@link io.durableoutbox.Action} to write, {@link
 * io.durableoutbox.MoEngage} to send to, and what a relay tells of.
 */
@NullMarked
package io.durableoutbox;

import org.jspecify.annotations.NullMarked;
