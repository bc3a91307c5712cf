"""`syncd alert`: tell now what is due, or send a sample; and what `status` says of alerts."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import typer

from syncd.alerts.catalogue import RULES, URGENCIES
from syncd.alerts.channels import channels_of
from syncd.alerts.tell import journal_of, sample, send
from syncd.cli.ended import look, show_metrics, utc
from syncd.cli.results import out
from syncd.cli.terminal import configured
from syncd.cli.words import Exit
from syncd.journal.journal import Journal
from syncd.model.text import visible


def tell_now(config: Path, *, test: bool) -> None:
    settings = configured(config)
    if not channels_of(settings.alerts):
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
        for line in channel_lines(journal, [c.name for c in channels_of(settings.alerts)]):
            out.print(visible(line), markup=False)
            failing = failing or "fails" in line
    raise typer.Exit(Exit.NOT_READY if failing else Exit.DONE)


def channel_lines(journal: Journal, names: list[str]) -> Iterator[str]:
    """Yield a line for each channel that the config names."""
    states = {state.name: state for state in journal.alert_channels()}
    for name in names:
        state = states.get(name)
        if state is None:
            yield f"Channel {name}: not used yet; try it with syncd alert --test."
        elif state.failing_since:
            yield f"Channel {name} fails since {state.failing_since[:16]}Z: {state.why}"
        else:
            yield f"Channel {name}: took the last message, {state.tried_at[:16]}Z."


def alert_lines(journal: Journal) -> Iterator[str]:
    """Yield what stands, worst first, each kind in a line."""
    standing = Counter(alert.kind for alert in journal.alerts() if not alert.ended_at)
    if standing:
        yield f"Alerts that stand: {sum(standing.values())}."
    for kind in sorted(standing, key=lambda kind: URGENCIES.index(RULES[kind].urgency)):
        rule = RULES[kind]
        yield f"  {rule.urgency:6}  {rule.title}: {standing[kind]}. {rule.advice}"
