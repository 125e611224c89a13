/** The database: connections, figures, and what its failures mean. */
@NullMarked
package io.durableoutbox.cli.data;

import org.jspecify.annotations.NullMarked;
