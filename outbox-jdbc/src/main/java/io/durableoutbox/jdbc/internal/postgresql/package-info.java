/** PostgreSQL: its statements, its partitions and what only it is checked for. */
@NullMarked
package io.durableoutbox.jdbc.internal.postgresql;

import org.jspecify.annotations.NullMarked;
