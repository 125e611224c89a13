/** Wakes a relay by PostgreSQL's LISTEN and NOTIFY. */
@NullMarked
package io.durableoutbox.postgresql;

import org.jspecify.annotations.NullMarked;
