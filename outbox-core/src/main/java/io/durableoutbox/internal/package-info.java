/** Not exported. */
@NullMarked
package io.durableoutbox.internal;

import org.jspecify.annotations.NullMarked;
