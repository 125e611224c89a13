/** Exit codes, and where the program reads and writes. */
@NullMarked
package io.durableoutbox.cli.shell;

import org.jspecify.annotations.NullMarked;
