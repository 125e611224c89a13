/** Questions of the audit. */
@NullMarked
package io.durableoutbox.jdbc.internal.audit;

import org.jspecify.annotations.NullMarked;
