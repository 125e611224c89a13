/**
 * A strict simulation of MoEngage's "report experience events" API that can be told to misbehave.
 */
@NullMarked
package io.durableoutbox.testkit;

import org.jspecify.annotations.NullMarked;
