/** MariaDB and MySQL: their statements and what only they are checked for. */
@NullMarked
package io.durableoutbox.jdbc.internal.mysql;

import org.jspecify.annotations.NullMarked;
