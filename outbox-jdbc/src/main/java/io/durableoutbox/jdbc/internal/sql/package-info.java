/** Transactions, and what all statements are run with. */
@NullMarked
package io.durableoutbox.jdbc.internal.sql;

import org.jspecify.annotations.NullMarked;
