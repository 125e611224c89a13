/** Faults that are real: processes, servers and connections that are killed, frozen and cut. */
@NullMarked
package io.durableoutbox.resilience;

import org.jspecify.annotations.NullMarked;
