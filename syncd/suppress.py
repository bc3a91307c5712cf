"""Keeps the people of the suppression list out of a plan, from either side (T-40)."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from syncd.core.suppression import is_suppressed, left_in_target, without_person
from syncd.model.finding import Finding
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyReference
from syncd.ports import Batch
from syncd.store.matching import Pair
from syncd.store.workspace import place

Suppressed = frozenset[str]  # see core/suppression


def without_suppressed(batch: Batch, suppressed: Suppressed) -> Batch:
    """Take everything but ids from the legacy rows of suppressed people."""
    table = batch.table
    if not suppressed or table is LegacyReference:
        return batch
    address = table.__struct_fields__.index("email")

    def passed(values: tuple[Any, ...]) -> tuple[object, ...]:
        if not is_suppressed(values[address], suppressed):
            return values
        row = LegacyClient(*values) if table is LegacyClient else LegacyContact(*values)
        return msgspec.structs.astuple(without_person(row))

    return Batch(table, [passed(values) for values in batch.rows])


def unsuppressed(
    pairs: Iterable[Pair], suppressed: Suppressed, left: list[Finding]
) -> Iterator[Pair]:
    """Pass on what does not speak of a suppressed person; `left` takes a note on the rest.

    A plan names what it changes. What syncd once made for such a person is for a person to remove.
    """
    for pair in pairs:
        found = _found(pair, suppressed) if suppressed else None
        if found is None:
            yield pair
        else:
            left.append(found)


def _found(pair: Pair, suppressed: Suppressed) -> Finding | None:
    for state in (pair.observed, pair.applied):
        account, address = place(state) if state else ("", "")
        if is_suppressed(address, suppressed):
            return left_in_target(account, address)
    return None
