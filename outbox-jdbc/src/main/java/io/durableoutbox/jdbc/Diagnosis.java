package io.durableoutbox.jdbc;

import java.util.List;
import java.util.Objects;

/**
 * What {@link Outbox#diagnose} found wrong; nothing, on a healthy database. The sentences are for a
 * person, name no user and quote no server; {@code docs/diagnosis.md} explains each code.
 *
 * @param findings the critical ones first
 */
public record Diagnosis(List<Finding> findings) {
  /** Copies the list. */
  public Diagnosis {
    findings = List.copyOf(findings);
  }

  /** Returns whether nothing was found. */
  public boolean isHealthy() {
    return findings.isEmpty();
  }

  /** How much it matters. */
  public enum Severity {
    /** Actions are not delivered, or soon won't be; somebody should look now. */
    CRITICAL,
    /** It works, but not as it should; somebody should look today. */
    WARNING
  }

  /**
   * One thing that is wrong.
   *
   * @param code what kind of thing, for alerts and for looking it up; stable, in {@code snake_case}
   * @param severity how much it matters
   * @param subject what it is about: a workspace, a table, an index, a session; empty if nothing in
   *     particular
   * @param message what is wrong, with numbers and units
   * @param advice what to do
   */
  public record Finding(
      String code, Severity severity, String subject, String message, String advice) {
    /** Checks that nothing is null. */
    public Finding {
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(severity, "severity");
      Objects.requireNonNull(subject, "subject");
      Objects.requireNonNull(message, "message");
      Objects.requireNonNull(advice, "advice");
    }

    /** Returns it as a line of text. */
    @Override
    public String toString() {
      return severity + " " + code + ": " + message + " " + advice;
    }
  }
}
