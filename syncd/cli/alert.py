"""`syncd alert`: tell now what is due, or send a sample; and what `status` says of alerts."""

from pathlib import Path

import typer

from syncd.alerts.channels import channels_of
from syncd.alerts.tell import sample, send
from syncd.cli.alerted import channel_lines
from syncd.cli.configured import configured
from syncd.cli.ended import look, show_metrics, utc
from syncd.cli.printed import out
from syncd.cli.words import Exit
from syncd.config.places import journal_of
from syncd.journal.journal import Journal
from syncd.model.text import visible


def tell_now(config: Path, *, test: bool) -> None:
    settings = configured(config)
    if not settings.alerts.channels:
        typer.echo("No channel is set. Name one under alerts in the config: docs/alerts.md")
        raise typer.Exit(Exit.USAGE)
    with Journal.open(journal_of(settings), settings.target.name) as journal:
        if test:
            send(channels_of(settings.alerts), sample(settings, utc), journal, utc)
    if not test:
        look(settings, utc)
        show_metrics(settings, utc)
    failing = False
    with Journal.open(journal_of(settings), settings.target.name) as journal:
        for line in channel_lines(journal, settings.alerts.channels):
            out.print(visible(line), markup=False)
            failing = failing or "fails" in line
    raise typer.Exit(Exit.NOT_READY if failing else Exit.DONE)
