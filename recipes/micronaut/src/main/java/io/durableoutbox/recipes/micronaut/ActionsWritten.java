package io.durableoutbox.recipes.micronaut;

/** Published inside the transaction; heard after it has committed. */
public record ActionsWritten(int count) {}
