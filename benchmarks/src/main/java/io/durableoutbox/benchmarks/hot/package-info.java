/**
 * The hot paths, each alone, for JMH. What is package-private in the core is measured from its own
 * package, which the class path allows.
 */
@NullMarked
package io.durableoutbox.benchmarks.hot;

import org.jspecify.annotations.NullMarked;
