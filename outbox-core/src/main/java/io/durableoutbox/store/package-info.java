/**
 * What a relay asks of the database. The outbox on JDBC implements it; it is not meant to be
 * implemented by others, and may change in any release.
 */
@NullMarked
package io.durableoutbox.store;

import org.jspecify.annotations.NullMarked;
