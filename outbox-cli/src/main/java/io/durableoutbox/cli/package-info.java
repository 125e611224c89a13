/** The outbox on the command line, and the relay as a process of its own. */
@NullMarked
package io.durableoutbox.cli;

import org.jspecify.annotations.NullMarked;
