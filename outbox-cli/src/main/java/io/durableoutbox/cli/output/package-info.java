/** Results as tables, CSV and JSON. */
@NullMarked
package io.durableoutbox.cli.output;

import org.jspecify.annotations.NullMarked;
