/** What diagnose() looks at. */
@NullMarked
package io.durableoutbox.jdbc.internal.diagnosis;

import org.jspecify.annotations.NullMarked;
