"""Sheets: rows of a target's table as they were read, for who can take many alike in at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Generic, TypeVar

import msgspec

Texts = Sequence[str | None]  # the values of a row
_Read = TypeVar("_Read")


class Role(Enum):
    """What the reading of a row makes of a value.

    What is said of a role holds for plain values only: ASCII, and letters that nothing changes.
    """

    SHARED = auto()  # whatever it likes: thousands of rows have the same
    NUMBER = auto()  # a whole number, given on as it is; or NULL, which is something else
    TEXT = auto()  # given on without the blanks around it; nothing and NULL are the same
    ADDRESS = auto()  # likewise, and in small letters
    DAY = auto()  # a day, given on as it is, or a moment, of which the day is


class RowSheet(msgspec.Struct, Generic[_Read], frozen=True):
    """Some rows of one table; without `roles` each has to be read by itself.

    `read` says what a row means, the same whenever it is asked, and raises where it means nothing.
    It may look at a value that is a row's own only as its role says: whether there is one.
    """

    table: str
    roles: Mapping[str, Role]  # by the name of the value, in the order of a row
    rows: Sequence[Texts]
    read: Callable[[Texts], Iterable[_Read]]
