"""What a plan came to: verdicts in, ordered changes and counts out."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from syncd.model.change import Change, Reason, Verb, phase
from syncd.model.keys import kind_of
from syncd.model.resources import Membership, Observable, Resource
from syncd.model.verdict import Verdict, Word
from syncd.workspace.workspace import Workspace, place

Judged = tuple[Change, Verdict]


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
                )
            )


def changes(workspace: Workspace) -> Iterator[Judged]:
    """Yield every change with its verdict, in the order of apply."""
    columns = "verb, reason, before, after, verdict, rule, why"
    for verb, reason, before, after, word, rule, why in _in_order(workspace, columns):
        change = Change(
            Verb(verb),
            Reason(reason),
            _OBSERVABLE.decode(before) if before else None,
            _RESOURCE.decode(after) if after else None,
        )
        yield change, Verdict(Word(word), rule, why)


_OBSERVABLE = msgspec.json.Decoder(Observable)
_RESOURCE = msgspec.json.Decoder(Resource)


def _body(resource: Observable | None) -> str | None:
    return None if resource is None else msgspec.json.encode(resource).decode()


def lines(workspace: Workspace) -> Iterator[tuple[str, ...]]:
    """Yield the changes in the order of apply.

    Each as (verb, kind, key, reason, verdict, rule, why, before, after), the last two as JSON.
    """
    bodies = "coalesce(before, 'null'), coalesce(after, 'null')"
    yield from _in_order(workspace, f"verb, kind, key, reason, verdict, rule, why, {bodies}")


def _in_order(workspace: Workspace, columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield the changes in the order of apply; phase by phase, for no sort to hold all bodies."""
    query = f"SELECT {columns} FROM changes WHERE phase = ? ORDER BY key"
    for (number,) in workspace.stream("SELECT DISTINCT phase FROM changes ORDER BY phase"):
        yield from workspace.stream(query, [number])


def headlines(
    workspace: Workspace, verdict: str = "", most: int | None = None
) -> Iterator[tuple[str, ...]]:
    """Yield the changes in the order of apply, all or those of one verdict, all or the first.

    Each as (verb, kind, key, reason, verdict, rule, why).
    """
    yield from workspace.stream(
        """
        SELECT verb, kind, key, reason, verdict, rule, why FROM changes
        WHERE $1 = '' OR verdict = $1 ORDER BY phase, key LIMIT $2
        """,
        [verdict, most],
    )


def invitations(workspace: Workspace, most: int | None = None) -> Iterator[tuple[Membership, str]]:
    """Yield the invitations to be sent, with the name of the account."""
    query = """
        SELECT c.after, k.label FROM changes c
        LEFT JOIN clients k ON k.source || '/' || k.client_id = c.account
        WHERE c.kind = 'membership' AND c.verb = '+' AND c.verdict = 'apply' ORDER BY c.key
        LIMIT ?
    """
    decoder = msgspec.json.Decoder(Membership)
    for body, name in workspace.stream(query, [most]):
        yield decoder.decode(body), name or ""


# --- what the journal should learn ----------------------------------------------------------


# --- counts ---------------------------------------------------------------------------------


def count(workspace: Workspace, what: str) -> int:
    return int(workspace.scalar(f"SELECT count(*) FROM {what}") or 0)


def invitation_counts(workspace: Workspace) -> tuple[int, int]:
    """Count the invitations that would be sent, and the people who would get them."""
    row = workspace.con.execute("""
        SELECT count(*), count(DISTINCT email) FROM changes
        WHERE kind = 'membership' AND verb = '+' AND verdict = 'apply'
    """).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


# --- who can do what ------------------------------------------------------------------------
