@NullMarked
package io.durableoutbox.cli;

import org.jspecify.annotations.NullMarked;
