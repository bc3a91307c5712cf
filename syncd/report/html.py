"""The report as one page: nothing is loaded, and it is whole without script. Same plan, same bytes.

Every value passes through `visible` and autoescape on its way into the page, so a hostile name is
shown and never obeyed. The one script is our own, and the page's policy lets no other run.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import NamedTuple

from jinja2 import Template
from markupsafe import Markup

from syncd.decide.rules import Rule, rule_in, sentence_of
from syncd.model.catalogue import CATALOGUE
from syncd.model.change import RESOURCES, Reason, Verb
from syncd.model.finding import Severity
from syncd.model.keys import parts_of
from syncd.model.permission import ALL, Permissions
from syncd.model.text import visible
from syncd.report import doing, ownership, persons, tables, words
from syncd.report.advising import ADVICE, ADVISED
from syncd.report.asking import QuestionRow, addresses_in
from syncd.report.escaping import escaping
from syncd.report.facts import ChangeCount, ChangeLine, Header, Report
from syncd.report.holding import WATCHED
from syncd.report.picture import picture
from syncd.report.questions import SEPARATOR
from syncd.report.questions import TABLE as QUESTIONS
from syncd.report.steps import next_steps
from syncd.report.stories import StoryBook, advised, whom

ROWS = 200  # of any one table; the CSV has the rest

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
    columns = persons.columns(login.access for login in facts.matrix)
    keys = [column.key for column in columns]
    people = list(persons.persons(facts.matrix, keys))
    return _template().render(
        report=report,
        facts=facts,
        header=facts.header,
        counts=facts.counts,
        verdict=words.verdict(report),
        still_open=words.still_open(report),
        steps=next_steps(report),
        does=list(doing.does(report)),
        does_not=list(doing.does_not(report)),
        moving=words.moving(facts),
        picture=picture(facts.counts),
        equation=words.equation(facts.counts),
        mismatch=words.mismatch(facts.counts),
        columns=columns,
        persons=people,
        story_for=StoryBook(facts, people).story,
        advised=list(advised(facts)),
        held=sorted(facts.held, key=lambda rule: (-rule.count, rule.rule)),
        open=words.open_questions(report),
        notes=words.worst_first(f for f in facts.findings if f.severity is Severity.NOTE),
        planned=_planned(facts.changes),
        policy=sorted(facts.header.policy.items()),
        unmanaged=sorted(facts.counts.unmanaged.items()),
        cutover=words.cutover(facts.header),
        people=facts.people,
        tiers=[tier for tier in WATCHED if facts.people.tiers.get(tier)],
        codes=[CATALOGUE[code] for code in dict.fromkeys(each.code for each in facts.findings)],
        running_head=_running_head(facts.header),
    )


def _running_head(header: Header) -> Markup:
    """Give what stands on each printed page, as text in a style sheet: only letters as they are."""
    parts = (header.provider, f"target {header.target}", f"plan {header.plan}")
    text = visible(" · ".join(filter(None, parts)))
    return Markup(re.sub(r"[^A-Za-z0-9 ]", lambda sign: f"\\{ord(sign[0]):x} ", text))  # noqa: S704


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


def _named(key: str) -> str:
    return words.LABELS[key].full if key in words.LABELS else key


def _question(row: QuestionRow) -> persons.QuestionView:
    return persons.question_view(row.on, row.answers, row.holds, row.data, SEPARATOR)


def _anchor(reason: str) -> str:
    """Give where the page explains a rule or the code of a finding; "" where it does not."""
    code = words.code_in(reason)
    if code in CATALOGUE:
        return f"#code-{code}"
    rule = rule_in(reason)
    return f"#rule-{rule.value}" if rule else ""


# What the page calls the tables beside it.
_FILES = {
    "advice": ADVISED,
    "access": tables.ACCESS.file,
    "changes": tables.CHANGES.file,
    "choosers": tables.CHOOSERS.file,
    "findings": tables.FINDINGS.file,
    "high_risk": tables.HIGH_RISK.file,
    "invitations": tables.SENT.file,
    "mails": tables.MAILS.file,
    "passwords": tables.PASSWORDS.file,
    "questions": QUESTIONS.file,
    "recipients": tables.RECIPIENTS.file,
    "references": tables.REFERENCES.file,
    "support": tables.SUPPORT.file,
    "worksheet": tables.WORKSHEET.file,
}


@cache
def _template() -> Template:
    environment = escaping("syncd.report")
    environment.filters |= {
        "addresses": addresses_in,
        "anchor": _anchor,
        "question": _question,
        "named": _named,
        "counted": words.counted,
        "moment": words.moment,
        "number": _number,
        "reason": _reason,
        "rights": _rights,
        "rule": _rule,
        "stands": ownership.standing,
        "subject": _subject,
        "verb": _verb,
        "whom": whom,
        "why": words.why,
    }
    environment.globals |= _known()
    return environment.get_template("report.html.j2")


def _known() -> dict[str, object]:
    """Give what every page knows; its policy names the one script by what is in it."""
    script = (resources.files("syncd.report") / "templates" / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {
        "advice_words": ADVICE,
        "files": _FILES,
        "lives": words.LIVES,
        "rows": ROWS,
        "passwords": words.PASSWORDS,
        "why_no_password": words.why_no_password,
        "states": words.STATES,
        "marks": words.MARKS,
        "classes": persons.CLASSES,
        "becomes": persons.BECOMES,
        "password_of": persons.PASSWORD_OF,
        "all_rules": list(Rule),
        "script": Markup(script),  # noqa: S704, our own
        "script_hash": f"sha256-{digest}",
    }
