/** Databases for the tests of all modules. */
@NullMarked
package io.durableoutbox.testdb;

import org.jspecify.annotations.NullMarked;
