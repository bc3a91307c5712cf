"""Commands on the folder of a plan, which look at neither source nor target."""

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.options import (
    DEFAULT,
    As,
    AsJson,
    Backup,
    Certify,
    Commands,
    ConfigPath,
    Decided,
    KeyFile,
    Person,
    PlanDir,
    Port,
)

folders = Commands()


@folders.command()
def decide(
    plan_dir: PlanDir,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=VALUE",
            help="Only the questions of a kind (on=CODE), an account (account=legacy/17), a person "
            "(person=ADDRESS) or a label (label=billing).",
        ),
    ] = None,
    answer: Annotated[str, typer.Option(help="Give all of them this answer.")] = "",
    table: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE.csv", help="Take a filled-in copy of questions.csv."),
    ] = None,
    by: Annotated[str, typer.Option(help="Who decides. [default: your login here]")] = "",
    because: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
    decided: Annotated[
        Path | None,
        typer.Option("--decisions", help="Write into this file, not that of the plan's folder."),
    ] = None,
) -> None:
    """Answer the open questions of a plan, one by one or together."""
    from syncd.cli import decide as deciding

    which = deciding.which(only or [])
    author = deciding.author(by, because)
    if table:
        deciding.take_from(plan_dir, decided, table, author)
    elif answer:
        deciding.decide_many(plan_dir, decided, which, author, answer)
    else:
        deciding.decide_one_by_one(plan_dir, decided, which, author)


@folders.command()
def approve(
    plan_dir: PlanDir,
    name: As = "",
    key: KeyFile = None,
    signature: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.sig", help="Take what `ssh-keygen -Y sign -n syncd-plan plan.json` wrote."
        ),
    ] = None,
    config: ConfigPath = DEFAULT,
) -> None:
    """Stand up for a plan by a signature, or see who has."""
    from syncd.cli.approve import Pen, approve_plan

    approve_plan(plan_dir, config, Pen(name, key, signature))


@folders.command()
def rehearse(
    config: ConfigPath = DEFAULT,
    backup: Backup = None,
    decided: Decided = None,
    person: Person = "",
    port: Port = 0,
    certify: Certify = None,
    name: As = "",
    key: KeyFile = None,
) -> None:
    """Show what each person sees now, and what they will see.

    Serves both client areas on this machine, from a temporary folder, to look at as anybody without
    a password. Source and target are only read.
    """
    from syncd.cli.approve import Pen
    from syncd.cli.rehearse.command import RehearsalOptions, certify_rehearsal, show_rehearsal

    asked = RehearsalOptions(config, backup, decided, person, port, Pen(name, key))
    certify_rehearsal(certify, asked) if certify else show_rehearsal(asked)


@folders.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="PLAN_A", help="The folder of a plan.")],
    new: Annotated[Path, typer.Argument(metavar="PLAN_B", help="The folder of another plan.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show whose access differs between two plans.

    For example before and after a decision, or under another rule.
    """
    from syncd.cli.diff import show_difference

    show_difference(old, new, as_json=as_json)


@folders.command()
def letters(
    plan_dir: PlanDir,
    out_dir: Annotated[Path, typer.Option("--out", help="The folder for the letters.")],
    config: ConfigPath = DEFAULT,
) -> None:
    """Write letters to the people that a plan is about. Mails nobody."""
    from syncd.cli.letters import write_letters

    write_letters(plan_dir, out_dir, config)


@folders.command()
def redact(
    plan_dir: PlanDir,
    out_dir: Annotated[Path, typer.Option("--out", help="The folder for the redacted files.")],
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What pseudonyms are made with. [default: in the state folder]"
        ),
    ] = None,
    config: ConfigPath = DEFAULT,
) -> None:
    """Copy a plan's report with pseudonyms for people."""
    from syncd.cli.redact import redact_plan

    redact_plan(plan_dir, out_dir, key, config)
