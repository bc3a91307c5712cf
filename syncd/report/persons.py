"""The matrix as the page shows it: person by person, with what each row unfolds to."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from syncd.model.catalogue import CATALOGUE
from syncd.model.decision import answers_to
from syncd.model.finding import Severity
from syncd.model.keys import parts_of
from syncd.model.permission import ALL, permissions
from syncd.report import words
from syncd.report.access import RANKS
from syncd.report.asking import proposal_in
from syncd.report.evidence import Found, LegacyLine
from syncd.report.facts import Access, ShownLogin

# The letter of a cell, and its class.
CLASSES: dict[words.Mark, str] = {
    "K": "k",
    "L": "l",
    "G": "g",
    "T": "t",
    "W": "w",
    "X": "x",
    ".": "n",
}
BECOMES = {
    "wider": "gains a right",
    "narrower": "loses a right",
    "waits": "waits",
    "excluded": "is left out",
    "same": "keeps the same rights",
    "owner": "owns the account",
}

# What becomes of a login's password, of one person: see `words.PASSWORDS`.
PASSWORD_OF = {
    "carried": "keeps the old password",
    "set": "sets a password on accepting the invitation",
    "kept": "keeps the password of the user in the target",
    "reset": "has to reset the password",
    "none": "gets no login by this plan",
}


class Column(NamedTuple):
    key: str
    short: str
    label: str


class Cell(NamedTuple):
    letter: words.Mark
    kind: str  # see `CLASSES`


class LoginView(NamedTuple):
    access: Access
    cells: tuple[Cell, ...]  # a column each
    rows: tuple[LegacyLine, ...]


class FoundView(NamedTuple):
    """A finding in words, with what each answer would do; there are none where it is answered."""

    case: Found
    severity: Severity
    sentence: str
    advice: str
    answers: Mapping[str, str]


class PersonView(NamedTuple):
    number: int
    email: str
    state: str  # the worst of the logins
    states: str  # all of them in words, by bars
    lost: str  # permissions, by bars
    gained: str
    labels: str
    rank: int
    logins: tuple[LoginView, ...]
    evidence: tuple[FoundView, ...]


def columns(logins: Iterable[Access]) -> list[Column]:
    """Give a column for each of the 13 permissions, and for any other that a login has."""
    held = {key for access in logins for key in (*access.before, *access.after)}
    keys = permissions({*ALL, *held})
    labels = ((key, words.LABELS.get(key, words.PermissionName(key[:3], key))) for key in keys)
    return [Column(key, label.short, label.full) for key, label in labels]


def persons(matrix: Iterable[ShownLogin], keys: Iterable[str]) -> Iterator[PersonView]:
    """Yield each person with all logins that are shown; those without an address one by one."""
    keys = tuple(keys)
    number = 0
    for email, group in groupby(matrix, key=lambda login: login.access.email):
        logins = list(group)
        for some in [logins] if email else [[login] for login in logins]:
            number += 1
            yield _person(number, some, keys)


def _person(number: int, logins: list[ShownLogin], keys: tuple[str, ...]) -> PersonView:
    accesses = [login.access for login in logins]
    states = sorted({access.state for access in accesses}, key=RANKS.__getitem__)
    lost = permissions(key for access in accesses if access.loses for key in access.lost)
    gained = permissions(key for each in accesses if each.state == "wider" for key in each.gained)
    return PersonView(
        number=number,
        email=accesses[0].email,
        state=states[0],
        states="|".join(BECOMES[state] for state in states),
        lost="|".join(lost),
        gained="|".join(gained),
        labels="|".join(sorted({access.label for access in accesses if access.label})),
        rank=RANKS[states[0]],
        logins=tuple(_login(login, keys) for login in logins),
        evidence=tuple(found_view(each) for each in _distinct(logins)),
    )


def _login(login: ShownLogin, keys: tuple[str, ...]) -> LoginView:
    letters = (words.mark(login.access, key) for key in keys)
    cells = tuple(Cell(letter, CLASSES[letter]) for letter in letters)
    return LoginView(login.access, cells, login.rows)


def _distinct(logins: Iterable[ShownLogin]) -> Iterator[Found]:
    """Yield what was found about a person once, whatever number of logins it bears on."""
    yield from dict.fromkeys(each for login in logins for each in login.evidence)


def found_view(case: Found) -> FoundView:
    known = CATALOGUE[case.code]
    if case.answer:
        advice, answers = f"Decided: {case.answer}.", {}
    else:
        advice, answers = known.advice, known.answers
    return FoundView(case, known.severity, known.sentence, advice, answers)


class QuestionView(NamedTuple):
    """A question of questions.csv, taken apart for the page."""

    answers: Mapping[str, str]  # an answer -> its consequence
    holds: tuple[str, ...]
    data: tuple[str, ...]


def _proposal(line: str) -> str:
    """Give a change of questions.csv in words."""
    proposal = proposal_in(line)
    if proposal is None:
        return line
    parts = parts_of(proposal.key)
    about = " on ".join(filter(None, (parts.email or parts.contact_id, parts.account)))
    rights = f": {proposal.rights}" if proposal.rights else ""
    return f"{proposal.verb.name.lower()} {parts.kind} {about}{rights}"


def question_view(on: str, answers: str, holds: str, data: str, separator: str) -> QuestionView:
    """Take the lists of a row of questions.csv apart again."""
    said = (each.partition(" = ") for each in answers.split(separator) if each)
    return QuestionView(
        {name: words_ for name, _, words_ in said} or dict(answers_to(on)),
        tuple(map(_proposal, filter(None, holds.split(separator)))),
        tuple(filter(None, data.split(separator))),
    )
