/** Spans of requests, linked to the traces that wrote their actions. */
@NullMarked
package io.durableoutbox.opentelemetry;

import org.jspecify.annotations.NullMarked;
