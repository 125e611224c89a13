/** Retention, redaction and partitions, in tasks of their own. */
@NullMarked
package io.durableoutbox.jdbc.internal.maintenance;

import org.jspecify.annotations.NullMarked;
