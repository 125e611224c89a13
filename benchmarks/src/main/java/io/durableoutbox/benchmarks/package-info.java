/** Measurements at size. Only ratios within one run count: machines differ and are noisy. */
@NullMarked
package io.durableoutbox.benchmarks;

import org.jspecify.annotations.NullMarked;
