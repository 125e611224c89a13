package io.durableoutbox.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what is wrong and what to do, in place of a stack trace. */
final class OutboxFailureAnalyzer extends AbstractFailureAnalyzer<OutboxStartException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, OutboxStartException cause) {
    return new FailureAnalysis(cause.description(), cause.action(), cause);
  }
}
