"""The chain: each intent and each outcome carries a hash of itself and of the link before it.

So a row of `changes` that somebody edits, adds or removes afterwards is noticed. Somebody who can
write the file could forge the whole chain; a head noted elsewhere (each run logs its own) shows it.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import CompoundSelect, Connection, bindparam, literal, null, select, union_all

from syncd.journal.schema import changes, meta

START = "0" * 64
_HEAD = "chain"


class SealedLink(msgspec.Struct, frozen=True):
    seq: int
    hash: str


def head(con: Connection) -> SealedLink:
    """Give the last link there should be."""
    noted = con.execute(_NOTED).scalar()
    seq, _, digest = (noted or f"0:{START}").partition(":")
    return SealedLink(int(seq), digest)


def begun(before: SealedLink, run_id: str, key: str, body: str, begun_at: str) -> SealedLink:
    """Give the link that seals an intent."""
    return _link(before, "begun", run_id, key, body, begun_at)


def ended(
    before: SealedLink, begun_seq: int, outcome: str, message: str, finished_at: str
) -> SealedLink:
    """Give the link that seals the outcome of the intent at `begun_seq`."""
    return _link(before, "ended", begun_seq, outcome, message, finished_at)


def move_head(con: Connection, link: SealedLink) -> None:
    """Note the last link, inside the transaction that records what it seals."""
    head = f"{link.seq}:{link.hash}"
    if not con.execute(_MOVE, {"head": head}).rowcount:
        con.execute(meta.insert().values(name=_HEAD, value=head))


_NOTED = select(meta.c.value).where(meta.c.name == _HEAD)
_MOVE = meta.update().where(meta.c.name == _HEAD).values(value=bindparam("head"))


def flaws(con: Connection, noted: str = "") -> Iterator[str]:
    """Yield what shows that rows were edited, added or removed; nothing where the chain holds.

    `noted` is the hash of a head somebody wrote down: it must be one of the links.
    """
    before, met = SealedLink(0, START), not noted
    with con.execution_options(yield_per=2000).execute(_links()) as links:
        for seq, event, change_id, *content, sealed in links:
            if seq != before.seq + 1:
                yield f"change {change_id}: link {before.seq + 1} is missing, {seq} comes instead"
            values = content[:4] if event == "begun" else content[4:]
            if sealed != _digest(before.hash, seq, event, *values):
                yield f"change {change_id}: its {_WORDS[event]} is not what was sealed"
            met = met or sealed == noted
            before = SealedLink(seq, sealed or "")
    last = head(con)
    if last != before:
        yield f"the chain ends at link {before.seq}, but it was sealed up to {last.seq}"
    if not met:
        yield f"no link has the hash {noted}: the journal was made anew, or is a different one"
    yield from _unsealed(con)


_WORDS = {"begun": "intent", "ended": "outcome"}


def _link(before: SealedLink, event: str, *content: object) -> SealedLink:
    return SealedLink(before.seq + 1, _digest(before.hash, before.seq + 1, event, *content))


def _digest(before: str, seq: int, event: str, *content: object) -> str:
    return hashlib.sha256(msgspec.json.encode((before, seq, event, *content))).hexdigest()


def _links() -> CompoundSelect[Any]:
    """Select every link in order: seq, event, change, four fields of each kind, hash."""
    c = changes.c
    intent, outcome = (c.run_id, c.key, c.body, c.begun_at), (c.outcome, c.message, c.finished_at)
    none = [null()] * 4
    firsts = select(
        c.begun_seq.label("seq"), literal("begun"), c.change_id, *intent, *none, c.begun_hash
    )
    lasts = select(
        c.ended_seq, literal("ended"), c.change_id, *none, c.begun_seq, *outcome, c.ended_hash
    )
    both = union_all(firsts.where(c.begun_seq.is_not(None)), lasts.where(c.ended_seq.is_not(None)))
    return both.order_by("seq")


def _unsealed(con: Connection) -> Iterator[str]:
    c = changes.c
    bare = c.begun_seq.is_(None) | (c.outcome.is_not(None) & c.ended_seq.is_(None))
    for change_id in con.execute(select(c.change_id).where(bare).order_by(c.change_id)).scalars():
        yield f"change {change_id}: it was written around the chain"
