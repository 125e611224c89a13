/** The outbox's schema and the one class that brings a database to it. */
@NullMarked
package io.durableoutbox.migrations;

import org.jspecify.annotations.NullMarked;
