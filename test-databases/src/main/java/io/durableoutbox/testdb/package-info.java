/** Databases for the tests of all modules, and how they wait for something. */
@NullMarked
package io.durableoutbox.testdb;

import org.jspecify.annotations.NullMarked;
