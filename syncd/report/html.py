"""The report as one page: no script, nothing loaded from anywhere, same plan, same bytes.

Every value passes through `visible` and autoescape on its way into the page, so a hostile name is
shown and never obeyed.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from syncd.decide.rules import sentence_of
from syncd.model.change import RESOURCES, Reason, Verb
from syncd.model.finding import Severity
from syncd.model.keys import parts_of
from syncd.model.permission import ALL, Permissions, permissions
from syncd.model.text import visible
from syncd.report import ownership, tables, words
from syncd.report.facts import WATCHED, Access, ChangeCount, ChangeLine, Counts, Report
from syncd.report.steps import next_steps

ROWS = 60  # of any one table; the CSV has the rest

MARKS: dict[words.Mark, str] = {
    "K": "kept",
    "L": "lost",
    "G": "gained",
    "W": "waits",
    ".": "never",
}
REASONS = {
    Reason.NEW: "not in the target yet",
    Reason.CHANGED: "changed in the legacy system",
    Reason.REVOKED: "ended in the legacy system",
    Reason.ADOPTED: "already in the target, but different",
    Reason.DRIFTED: "it was changed in the target, by hand or by syncd undo",
    Reason.VANISHED: "it was removed in the target, by hand or by syncd undo",
    Reason.INVITE_EXPIRED: "the invitation was not accepted in time",
    Reason.INVITE_GONE: "the invitation was cancelled, or somebody else accepted it",
    Reason.INVITE_UNCONFIRMED: "nobody knows whether the invitation was mailed",
}
_KINDS = tuple(RESOURCES)


def render(report: Report) -> str:
    """Give the whole page."""
    facts = report.facts
    return _template().render(
        report=report,
        facts=facts,
        header=facts.header,
        counts=facts.counts,
        verdict=words.VERDICTS[report.readiness],
        still_open=words.still_open(report),
        steps=next_steps(report),
        picture=_picture(facts.counts),
        equation=words.equation(facts.counts),
        mismatch=words.mismatch(facts.counts),
        columns=_columns(facts.access_sample),
        groups=_groups(report),
        held=sorted(facts.held, key=lambda rule: (-rule.count, rule.rule)),
        questions=words.open_questions(report),
        notes=words.worst_first(f for f in facts.findings if f.severity is Severity.NOTE),
        planned=_planned(facts.changes),
        policy=sorted(facts.header.policy.items()),
        unmanaged=sorted(facts.counts.unmanaged.items()),
        cutover=words.cutover(facts.header),
        people=facts.people,
        tiers=[tier for tier in WATCHED if facts.people.tiers.get(tier)],
    )


# --- the picture ------------------------------------------------------------------------------

# Lengths are in rem, so that the picture grows and shrinks with the words beside it.
_BAR = 13.5  # height of all contacts together
_ROW = 3.75  # the least height that holds a label beside its ribbon
_GAP = 0.75
_THIN = 0.1


class Flow(NamedTuple):
    """One disposition: its row beside the picture, and its ribbon as SVG path."""

    name: str
    meaning: str
    number: int
    share: str
    height: str
    top: str
    thickness: str
    ribbon: str


class Picture(NamedTuple):
    height: str
    bar_top: str
    bar_height: str
    flows: tuple[Flow, ...]


def _picture(counts: Counts) -> Picture:
    """Lay out the flow from all legacy contacts to what became of them, in a box 100 wide.

    Shares are of what went in or came out, whichever is more, so a mismatch cannot hide.
    """
    numbers = {name: number for name, number in words.dispositions(counts).items() if number}
    missing = counts.contacts - sum(numbers.values())
    if missing > 0:
        numbers["unaccounted"] = missing
    whole = max(sum(numbers.values()), 1)
    thick = {name: max(_BAR * number / whole, _THIN) for name, number in numbers.items()}
    rows = {name: max(each + _GAP, _ROW) for name, each in thick.items()}
    left = bar_top = (sum(rows.values()) - sum(thick.values())) / 2
    flows, top = [], 0.0
    for name, number in numbers.items():
        right = top + (rows[name] - thick[name]) / 2
        flows.append(
            Flow(
                name,
                _meaning(name),
                number,
                f"{100 * number / whole:.1f} %",
                f"{rows[name]:.2f}",
                f"{right:.2f}",
                f"{thick[name]:.2f}",
                _ribbon(left, right, thick[name]),
            )
        )
        left += thick[name]
        top += rows[name]
    return Picture(f"{top:.2f}", f"{bar_top:.2f}", f"{sum(thick.values()):.2f}", tuple(flows))


def _meaning(name: str) -> str:
    known = {str(key): said.meaning for key, said in words.DISPOSITIONS.items()}
    return known.get(name, "not accounted for: a defect in syncd")


def _ribbon(left: float, right: float, thick: float) -> str:
    left_end, right_end = left + thick, right + thick
    upper = f"M4 {left:.2f}C50 {left:.2f} 50 {right:.2f} 96 {right:.2f}"
    lower = f"V{right_end:.2f}C50 {right_end:.2f} 50 {left_end:.2f} 4 {left_end:.2f}Z"
    return upper + lower


# --- who gains, who loses ---------------------------------------------------------------------


class Column(NamedTuple):
    key: str
    short: str
    label: str


class Person(NamedTuple):
    access: Access
    marks: tuple[tuple[words.Mark, str], ...]  # letter and its word, a column each


class Group(NamedTuple):
    state: str
    said: words.Said
    number: int
    people: tuple[Person, ...]


def _columns(sample: Iterable[Access]) -> list[Column]:
    """Give a column for each of the 13 permissions, and for any other that a login has."""
    held = {key for access in sample for key in (*access.before, *access.after)}
    keys = permissions({*ALL, *held})
    labels = ((key, words.LABELS.get(key, words.PermissionName(key[:3], key))) for key in keys)
    return [Column(key, label.short, label.full) for key, label in labels]


def _groups(report: Report) -> list[Group]:
    """Give each state with its people, ROWS of them at most over all states, worst first."""
    keys = [column.key for column in _columns(report.facts.access_sample)]
    shown = words.moved(report)[:ROWS]
    return [
        Group(
            state,
            said,
            report.facts.logins.get(state, 0),
            tuple(_person(access, keys) for access in shown if access.state == state),
        )
        for state, said in words.STATES.items()
    ]


def _person(access: Access, keys: Iterable[str]) -> Person:
    letters = [words.mark(access, key) for key in keys]
    return Person(access, tuple((letter, MARKS[letter]) for letter in letters))


# --- changes ----------------------------------------------------------------------------------


class ChangeRow(NamedTuple):
    kind: str
    verb: str
    applied: int
    held: int


def _planned(changes: Iterable[ChangeCount]) -> list[ChangeRow]:
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for change in changes:
        verdicts = sums.setdefault((change.kind, change.verb), {"apply": 0, "hold": 0})
        verdicts[change.verdict] += change.count
    order = sorted(sums, key=lambda pair: (_KINDS.index(pair[0]), list(Verb).index(Verb(pair[1]))))
    return [
        ChangeRow(kind, verb, sums[kind, verb]["apply"], sums[kind, verb]["hold"])
        for kind, verb in order
    ]


def _subject(change: ChangeLine) -> str:
    """Give what a change is about without its kind: `jane@dev.example on legacy/17`."""
    parts = parts_of(change.key)
    if change.kind == "membership":
        return f"{parts.email} on {parts.account}"
    return parts.account or parts.contact_id or parts.email


# --- the template -----------------------------------------------------------------------------


def _verb(sign: str) -> str:
    return Verb(sign).name.lower()


def _reason(reason: str) -> str:
    return REASONS[Reason(reason)]


def _rule(rule: str) -> str:
    return sentence_of(rule)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _rights(keys: Permissions) -> str:
    return f"all {len(ALL)} permissions" if set(keys) >= set(ALL) else ", ".join(keys)


def _shown(value: object) -> object:
    """Spell out what must not be obeyed; markup made by our own macros passes as it is."""
    return visible(value) if type(value) is str else value


# What the page calls the tables beside it.
_FILES = {
    "access": tables.ACCESS.file,
    "changes": tables.CHANGES.file,
    "choosers": tables.CHOOSERS.file,
    "findings": tables.FINDINGS.file,
    "high_risk": tables.HIGH_RISK.file,
    "invitations": tables.SENT.file,
    "mails": tables.MAILS.file,
    "passwords": tables.PASSWORDS.file,
    "recipients": tables.RECIPIENTS.file,
    "references": tables.REFERENCES.file,
    "support": tables.SUPPORT.file,
    "worksheet": tables.WORKSHEET.file,
}


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("syncd.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "counted": words.counted,
        "moment": words.moment,
        "number": _number,
        "reason": _reason,
        "rights": _rights,
        "rule": _rule,
        "stands": ownership.standing,
        "subject": _subject,
        "verb": _verb,
        "why": words.why,
    }
    environment.globals |= {
        "files": _FILES,
        "lives": words.LIVES,
        "rows": ROWS,
        "passwords": words.PASSWORDS,
        "why_no_password": words.why_no_password,
        "states": words.STATES,
        "marks": MARKS,
    }
    return environment.get_template("report.html.j2")
