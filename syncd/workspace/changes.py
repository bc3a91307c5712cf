"""The result of a plan: verdicts in, ordered changes and counts out."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from syncd.model.attachment import Attachment
from syncd.model.change import Change, Reason, Verb, phase
from syncd.model.keys import kind_of
from syncd.model.resources import Observable, Resource
from syncd.model.verdict import Verdict, Word
from syncd.workspace.rows import place
from syncd.workspace.workspace import Workspace

Judged = tuple[Change, Verdict]
_Value = TypeVar("_Value", bound=msgspec.Struct)


def stage_verdicts(workspace: Workspace, judged: Iterable[Judged]) -> None:
    with workspace.sink("judged") as sink:
        for change, verdict in judged:
            key = change.key
            sink.add(
                (
                    phase(change),
                    key,
                    change.verb,
                    kind_of(key),
                    *place(change.subject),
                    change.reason,
                    verdict.word,
                    verdict.rule,
                    verdict.why,
                    verdict.made_on,
                    change.grants,
                    _body(change.before),
                    _body(change.after),
                    _body(change.attach),
                )
            )


class _JudgedRow(msgspec.Struct, frozen=True):
    verb: str
    reason: str
    before: str | None
    after: str | None
    attach: str | None
    verdict: str
    rule: str
    why: str


def changes(workspace: Workspace) -> Iterator[Judged]:
    """Yield every change with its verdict, in the order of apply."""
    for row in in_order(workspace, _JudgedRow):
        change = Change(
            Verb(row.verb),
            Reason(row.reason),
            _OBSERVABLE.decode(row.before) if row.before else None,
            _RESOURCE.decode(row.after) if row.after else None,
            _ATTACHMENT.decode(row.attach) if row.attach else None,
        )
        yield change, Verdict(Word(row.verdict), row.rule, row.why)


_OBSERVABLE = msgspec.json.Decoder(Observable)
_RESOURCE = msgspec.json.Decoder(Resource)
_ATTACHMENT = msgspec.json.Decoder(Attachment)


def _body(value: Observable | Attachment | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def in_order(workspace: Workspace, kind: type[_Value]) -> Iterator[_Value]:
    """Yield the changes in the order of apply, as `kind`, whose fields are columns of theirs."""
    for query in by_phase(workspace):
        columns = ", ".join(kind.__struct_fields__)
        yield from workspace.values(kind, f"SELECT {columns} FROM ({query})")


def by_phase(workspace: Workspace) -> Iterator[str]:
    """Yield queries that give the changes in the order of apply, one query after the other.

    Phase by phase, for no sort to hold all bodies, unless they are few.
    """
    if not workspace.has("judged"):
        return
    if workspace.is_small:
        yield "FROM changes ORDER BY phase, key"
        return
    for each in workspace.values(_Phase, "SELECT DISTINCT phase FROM changes ORDER BY phase"):
        yield f"FROM changes WHERE phase = {each.phase} ORDER BY key"


class _Phase(msgspec.Struct, frozen=True):
    phase: int


# --- counts ---------------------------------------------------------------------------------


def count(workspace: Workspace, what: str) -> int:
    return int(workspace.scalar(f"SELECT count(*) FROM {what}") or 0)


# Which changes mail somebody.
INVITING = "kind = 'membership' AND verb = '+' AND verdict = 'apply' AND attach IS NULL"


class InvitationCount(msgspec.Struct, frozen=True):
    """The invitations that would be sent, and the people who would get them."""

    invitations: int
    people: int


def invitation_count(workspace: Workspace) -> InvitationCount:
    query = f"""
        SELECT count(*) AS invitations, count(DISTINCT email) AS people FROM changes
        WHERE {INVITING}
    """
    (count,) = workspace.values(InvitationCount, query)
    return count


class AttachedCount(msgspec.Struct, frozen=True):
    """The memberships that would be added without a mail, for whom, and the users made for them."""

    memberships: int = 0
    people: int = 0
    users: int = 0


def attached_count(workspace: Workspace) -> AttachedCount:
    query = """
        SELECT count(*) AS memberships, count(DISTINCT email) AS people,
               count(DISTINCT email) FILTER ((attach ->> '$.makes_user') = 'true') AS users
        FROM changes WHERE attach IS NOT NULL AND verdict = 'apply'
    """
    (count,) = workspace.values(AttachedCount, query)
    return count


def invited(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Yield account and address of each invitation that would be sent."""
    yield from workspace.stream(f"SELECT account, email FROM changes WHERE {INVITING}")
