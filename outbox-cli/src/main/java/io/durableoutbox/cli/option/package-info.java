/** Options, settings and secrets. */
@NullMarked
package io.durableoutbox.cli.option;

import org.jspecify.annotations.NullMarked;
