/** Programs to run, read and copy from. */
@NullMarked
package io.durableoutbox.examples;

import org.jspecify.annotations.NullMarked;
