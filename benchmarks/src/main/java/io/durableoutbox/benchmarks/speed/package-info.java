/**
 * How fast it is, in one run: {@link io.durableoutbox.benchmarks.speed.Speed} measures section by
 * section and writes a dated report.
 */
@NullMarked
package io.durableoutbox.benchmarks.speed;

import org.jspecify.annotations.NullMarked;
