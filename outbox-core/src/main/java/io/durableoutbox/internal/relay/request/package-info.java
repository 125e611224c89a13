/**
 * Claimed actions as requests: how they are packed, held and split, and whose fault a failure is.
 */
@NullMarked
package io.durableoutbox.internal.relay.request;

import org.jspecify.annotations.NullMarked;
