/** The outbox in a database: {@link io.durableoutbox.jdbc.Outbox} and its one implementation. */
@NullMarked
package io.durableoutbox.jdbc;

import org.jspecify.annotations.NullMarked;
