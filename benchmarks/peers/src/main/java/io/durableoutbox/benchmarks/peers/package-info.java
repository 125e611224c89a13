/**
 * Other outboxes and job schedulers, each as its own documentation has it, so that the benchmarks
 * can measure them: {@link io.durableoutbox.benchmarks.peers.PeerMain} is started in a process of
 * its own.
 */
@NullMarked
package io.durableoutbox.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
