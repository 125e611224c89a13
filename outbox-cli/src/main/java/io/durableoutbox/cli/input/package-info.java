/** Actions as JSON lines. */
@NullMarked
package io.durableoutbox.cli.input;

import org.jspecify.annotations.NullMarked;
