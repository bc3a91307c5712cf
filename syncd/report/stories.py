"""What a row of the page unfolds to: whatever table it stands in, found by the key it is about."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from syncd.model.keys import account_key, contact_key, membership_key, parts_of, user_key
from syncd.model.ownership import OwnershipRequest
from syncd.report.advising import Advice
from syncd.report.asking import QuestionRow
from syncd.report.evidence import ClientLine, Found, LegacyLine, Story
from syncd.report.facts import (
    Access,
    ChangeLine,
    Facts,
    Mail,
    Recipient,
    Sent,
    ShownLogin,
    Task,
)
from syncd.report.holding import Chooser, PermissionHolder
from syncd.report.moved import Movement
from syncd.report.persons import FoundView, PersonView, found_view

_MOST = 6  # findings of a row; the matrix and findings.csv have all
_ADVISED = 10  # of a kind

_OnAccount = PermissionHolder | Mail | Sent | Movement | Recipient
Row = _OnAccount | Chooser | ChangeLine | Task | QuestionRow | OwnershipRequest | Found | Advice


class StoryView(NamedTuple):
    """What explains a row; all of it is empty where the page keeps nothing."""

    access: Access | None
    clients: tuple[ClientLine, ...]
    rows: tuple[LegacyLine, ...]
    evidence: tuple[FoundView, ...]
    more: int  # findings that are left out
    person: int  # its number in the matrix, 0 where it is not there


def key_of(row: Row) -> str:
    """Give the key that a row is about."""
    match row:
        case Chooser():
            return user_key(row.email)
        case QuestionRow():
            return row.scope
        case Found():  # rows without an address share the key of their login
            return contact_key(row.contact_id) if row.contact_id and not row.email else row.scope
        case OwnershipRequest() | Advice(email=""):
            return account_key(row.account)
        case ChangeLine() | Task():
            return row.key
    return membership_key(row.account, row.email)


def keys_of(facts: Facts) -> set[str]:
    """Give all that rows of the page are about, beside the matrix."""
    rows: Iterator[Row] = chain(
        facts.people.holder_sample,
        facts.people.choosers.sample,
        facts.held_sample,
        facts.questions.sample,
        facts.mail_sample,
        facts.invitations.sample,
        facts.ownership.sample,
        facts.contacts.recipient_sample,
        facts.contacts.task_sample,
        facts.since.sample,
        facts.cases,
        advised(facts),
    )
    return {key_of(row) for row in rows}


def advised(facts: Facts) -> Iterator[Advice]:
    """Yield the advice that the page shows: some of each kind."""
    for kind in facts.advice.numbers:
        yield from islice((each for each in facts.advice.sample if each.advice == kind), _ADVISED)


def whom(case: Found, story: StoryView) -> str:
    """Name what a case is about as people know it: by address, or else a contact or an account."""
    if case.email:
        return case.email
    if case.contact_id:
        names = [row.name for row in story.rows if row.contact_id == case.contact_id]
        return f"{''.join(names) or 'no name'}, contact {case.contact_id},"
    names = [client.account_name for client in story.clients if client.account == case.account]
    return "".join(names) or parts_of(case.scope).account or case.scope


class StoryBook:
    """Finds the story of a row."""

    def __init__(self, facts: Facts, persons: Iterable[PersonView]) -> None:
        logins = (*facts.stories.logins, *facts.matrix)
        self._logins = {membership_key(s.access.account, s.access.email): s for s in logins}
        self._others = {story.key: story for story in facts.stories.others}
        self._persons = {person.email: person.number for person in persons if person.email}

    def story(self, row: Row) -> StoryView:
        key = key_of(row)
        login, other = self._logins.get(key), self._others.get(key)
        known: ShownLogin | Story = login or other or Story(key)
        evidence = tuple(map(found_view, known.evidence[:_MOST]))
        return StoryView(
            access=login.access if login else None,
            clients=other.clients if other else (),
            rows=known.rows,
            evidence=evidence,
            more=len(known.evidence) - len(evidence),
            person=self._persons.get(getattr(row, "email", ""), 0),
        )
