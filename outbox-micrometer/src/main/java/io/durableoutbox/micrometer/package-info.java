/** The outbox's meters; {@code docs/metrics.md} tells of each. */
@NullMarked
package io.durableoutbox.micrometer;

import org.jspecify.annotations.NullMarked;
