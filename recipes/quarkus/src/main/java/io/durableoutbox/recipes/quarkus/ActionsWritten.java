package io.durableoutbox.recipes.quarkus;

/** Fired inside the transaction; heard after it has committed. */
public record ActionsWritten(int count) {}
