"""A Report in which each table of the page that can have many rows has some."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace
from report_fixture import FACTS, HEADER, MATRIX, RECIPIENT, REFUSAL, TASK, a_report

from syncd.model.keys import membership_key
from syncd.model.ownership import Acquaintance, OwnershipRequest
from syncd.report.advising import ADVICE, Advice, AdviceFacts
from syncd.report.cutover import CutoverReadiness, ReadinessCheck
from syncd.report.evidence import ClientLine, LegacyLine, Story
from syncd.report.facts import (
    Facts,
    InvitationFacts,
    Irreversible,
    Report,
    RuleCount,
    Sent,
    Stories,
)
from syncd.report.keeping import SilenceFacts
from syncd.report.ownership import OwnershipFacts
from syncd.report.stories import keys_of
from syncd.report.words import WITHOUT

MANY = 7
_Row = TypeVar("_Row", bound=msgspec.Struct)

SENT = Sent(
    *("expiring", "late@dev.example", "legacy/17", "Acme Widgets Ltd", ("invoices",)),
    *("2026-04-26T01:00:00+00:00", "2026-05-03T01:00:00+00:00", 1),
    *("Olga Wexford", "olga@wexford.example", "+44 20 7946 0000"),
)
REQUEST = OwnershipRequest(
    *(1, "legacy/17", "17", "olga@wexford.example", "5", "kim@quux.example", "ABC-1", "ann"),
    *("2026-04-01T00:00:00+00:00", "olga@wexford.example", Acquaintance.MEMBER, ""),
)


def a_full_report() -> Report:
    facts = replace(
        FACTS,
        header=replace(HEADER, sources=_many(HEADER.sources[0], name="brand", version="7.10.")),
        refusals=_many(REFUSAL, fuse="removals "),
        held=tuple(RuleCount(f"review:code_{n}", f"For example {n}.", n) for n in range(MANY)),
        mail_sample=_many(FACTS.mail_sample[0], email="mailed@", label="label "),
        people=_people(),
        contacts=replace(
            FACTS.contacts,
            recipient_sample=_many(RECIPIENT, email="heard@", category="kind "),
            task_sample=_many(TASK, account="legacy/", key="account:legacy/", where="Tab "),
        ),
        invitations=InvitationFacts(
            {"expired": MANY}, _many(SENT, email="late@", state="state ", times=1)
        ),
        ownership=OwnershipFacts(
            {"open": MANY},
            tuple(
                replace(each, new_owner_is=side)
                for each, side in zip(
                    _many(REQUEST, account="legacy/4"), _turns(list(Acquaintance)), strict=True
                )
            ),
        ),
        silence=SilenceFacts(passwords={"carried": 3, "reset": 4}, reasons=_reasons()),
        questions=replace(
            FACTS.questions, sample=_many(FACTS.questions.sample[0], on="code_", scope="user:a@")
        ),
        since=replace(FACTS.since, sample=_many(FACTS.since.sample[0], email="moved@", state="s")),
        advice=AdviceFacts(
            dict.fromkeys(ADVICE, 1),
            tuple(Advice("legacy/1", "Acme", f"{key}@a.example", key, (), "") for key in ADVICE),
        ),
    )
    report = a_report(**{name: getattr(facts, name) for name in facts.__struct_fields__})
    return replace(
        report,
        facts=replace(report.facts, stories=_stories(report.facts)),
        irreversible=_many(Irreversible("membership", "+", 3, "a mail was sent"), why="because "),
        cutover=CutoverReadiness(
            tuple(ReadinessCheck(f"check {n}", "wants", "lacks" * (n % 2)) for n in range(MANY))
        ),
    )


def _people() -> Any:
    people = FACTS.people
    holders = _many(people.holder_sample[0], email="holder@", words="do ")
    choosers = tuple(
        replace(each, accounts_before=n % 3)
        for n, each in enumerate(_many(people.choosers.sample[0], email="chooser@"))
    )
    return replace(
        people,
        labels={f"label {n}": n for n in range(MANY)},
        holder_sample=holders,
        choosers=replace(people.choosers, sample=choosers),
    )


def _reasons() -> dict[str, int]:
    return {why: number for number, why in enumerate(list(WITHOUT)[:MANY])}


def _many(row: _Row, **beginnings: Any) -> tuple[_Row, ...]:
    """Give rows whose texts begin like this and end in a number."""
    return tuple(
        replace(row, **{name: _ending(text, n) for name, text in beginnings.items()})
        for n in range(MANY)
    )


def _ending(text: Any, number: int) -> Any:
    if isinstance(text, int):
        return text + number
    return f"{text}x{number}.example" if text.endswith("@") else f"{text}{number}"


def _turns(values: Sequence[Any]) -> list[Any]:
    return [values[n % len(values)] for n in range(MANY)]


def _stories(facts: Facts) -> Stories:
    """Give a story for each row that the matrix has none for."""
    known = {membership_key(each.access.account, each.access.email) for each in MATRIX}
    row = LegacyLine(
        *("legacy/9", "Somebody", "invoices", ("invoices",)),
        mail=("invoice",),
        account="legacy/1",
        account_name="Acme",
    )
    line = ClientLine("legacy/1", "Acme", "Olga", "olga@acme.example", "Active")
    keys = sorted(keys_of(facts) - known)
    return Stories((), tuple(Story(key, (line,), (row,), FACTS.cases) for key in keys))
