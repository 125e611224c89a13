/** The commands. */
@NullMarked
package io.durableoutbox.cli.command;

import org.jspecify.annotations.NullMarked;
