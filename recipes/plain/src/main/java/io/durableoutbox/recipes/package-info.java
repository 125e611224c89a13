/**
 * The outbox with plain JDBC, jOOQ, Hibernate and JTA: one small class for each, to copy from. Each
 * places an order of a book and writes the action that led to it, in one transaction, and wakes the
 * relay when it has committed.
 */
@NullMarked
package io.durableoutbox.recipes;

import org.jspecify.annotations.NullMarked;
