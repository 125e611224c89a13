/** What a database family gives to the features, and what families share. */
@NullMarked
package io.durableoutbox.jdbc.internal.dialect;

import org.jspecify.annotations.NullMarked;
