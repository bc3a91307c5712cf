"""The report as Markdown, for a ticket: the verdict first, nothing cut, one screen of numbers.

Data is shown and never obeyed: what Markdown or HTML would take for a sign of its own is escaped.
"""

import re
from collections.abc import Iterable, Iterator

from syncd.decide.rules import sentence_of
from syncd.model.text import visible
from syncd.report.facts import Report
from syncd.report.steps import next_steps
from syncd.report.words import (
    STATES,
    counted,
    cutover,
    equation,
    held_groups,
    mismatch,
    moment,
    moving,
    open_questions,
    still_open,
    verdict,
)

# Nothing here opens a line, so signs of lists and headings need no escape; bare links do.
_SIGNS = re.compile(r"[\\`*_\[\]<>#|~&@$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_ROWS = 10  # of a table; the CSV has the rest


def render(report: Report) -> str:
    """Give the report as GitHub-flavoured Markdown."""
    said = verdict(report)
    blocks = [
        f"## {said.word}: {still_open(report)}",
        said.meaning,
        "\n".join(f"- {_plain(sentence)}" for sentence in report.sentences),
        *_counts(report),
        *_section("Access", ("Logins that", "Number"), _access(report)),
        *_section("Held", ("Rule", "Why", "Changes"), _held(report)),
        *_section("Open questions", ("Finding", "Means", "To do", "Number"), _questions(report)),
        "### Next",
        "\n".join(_next(report)),
        "### Plan",
        "\n".join(_provenance(report)),
    ]
    return "\n\n".join(blocks) + "\n"


def _provenance(report: Report) -> Iterator[str]:
    header = report.facts.header
    yield f"- Plan `{header.plan}`, made {moment(header.made_at)} by syncd {_plain(header.syncd)}"
    for source in header.sources:
        contacts = counted(source.contacts, "contact")
        yield f"- Source {_plain(f'{source.name}: {source.kind} {source.origin}')}, {contacts}"
        yield from (f"  - {_plain(remark)}" for remark in source.remarks)
    yield f"- Target {_plain(f'{header.target}: {header.target_origin}')}"
    yield from (f"  - {_plain(remark)}" for remark in header.target_remarks)
    if when := cutover(header):
        yield f"- {when.capitalize()}"


def _counts(report: Report) -> Iterator[str]:
    yield f"{equation(report.facts.counts)}."
    if wrong := mismatch(report.facts.counts):
        yield f"**ERROR: {wrong}**"


def _access(report: Report) -> Iterator[tuple[str, ...]]:
    yield "keep exactly the same rights", f"{report.facts.logins.get('same', 0):,}"
    for state, number in moving(report.facts).items():
        if state == "wider" or number:
            yield STATES[state].word, f"{number:,}"


def _held(report: Report) -> Iterator[tuple[str, ...]]:
    for held in held_groups(report):
        yield f"`{visible(held.rule)}`", _plain(sentence_of(held.rule)), f"{held.count:,}"


def _questions(report: Report) -> Iterator[tuple[str, ...]]:
    for each in open_questions(report):
        code = f"`{each.code}` ({each.severity})"
        yield code, _plain(each.sentence), _plain(each.advice), f"{each.count:,}"


def _next(report: Report) -> Iterator[str]:
    for number, step in enumerate(next_steps(report), start=1):
        yield f"{number}. {_plain(step.say)}{f': `{step.command}`' if step.command else ''}"


def _section(
    title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> Iterator[str]:
    lines = [_row(row) for row in rows]
    if lines:
        yield f"### {title}"
        rest = len(lines) - _ROWS
        rule = _row(("---",) * (len(columns) - 1) + ("--:",))
        yield "\n".join([_row(columns), rule, *lines[:_ROWS]])
        if rest > 0:
            yield f"and {counted(rest, 'more row')} in report.html"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Show what data holds as it stands: spelled out where it acts, escaped where it formats."""
    return _SIGNS.sub(_escaped, visible(text))


def _escaped(sign: re.Match[str]) -> str:
    return _ENTITIES.get(sign[0]) or f"\\{sign[0]}"


# A backslash does not stop HTML, nor a link that is made of a bare address.
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;", ":": "&#58;", ".": "&#46;"}
