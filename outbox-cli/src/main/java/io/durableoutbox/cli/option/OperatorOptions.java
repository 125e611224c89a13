package io.durableoutbox.cli.option;

import io.durableoutbox.jdbc.Operator;
import io.durableoutbox.jdbc.Outbox;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Who does something to the running outbox, and why. */
public final class OperatorOptions {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  CommandSpec command;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "none given",
      order = 300,
      description =
          "Why, for the record in outbox_operation; no personal data. Default: ${DEFAULT-VALUE}")
  public String reason = "none given";

  @Option(
      names = "--by",
      paramLabel = "NAME",
      descriptionKey = "OUTBOX_OPERATOR",
      defaultValue = "${sys:user.name}",
      order = 301,
      description = "Who, for the record; default: the user of this system. [OUTBOX_OPERATOR]")
  String by = "";

  @Option(
      names = {"-y", "--yes"},
      order = 302,
      description = "Don't ask; without a terminal nobody is asked anyway.")
  boolean yes;

  public Operator on(Outbox outbox) {
    return outbox.operator(by);
  }

  /** As {@link #on(Outbox)}, for workspaces that the outbox has not heard of, too. */
  public Operator on(Outbox outbox, boolean evenIfUnknown) {
    Operator operator = on(outbox);
    return evenIfUnknown ? operator.evenIfUnknown() : operator;
  }

  /** As {@link Confirmation#ask}. */
  public void confirm(String question) {
    Confirmation.ask(command, yes, question);
  }
}
