/**
 * Not exported: the statements, one dialect for each database family, and the relay's store on
 * them.
 */
@NullMarked
package io.durableoutbox.jdbc.internal;

import org.jspecify.annotations.NullMarked;
