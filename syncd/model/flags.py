"""Flags of legacy rows: the map that gives them meaning, and what rows give together."""

import re
from collections.abc import Callable, Iterable

import msgspec

from syncd.model.permission import ALL, NONE, Permissions, intersection, permissions


class PermissionMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A permission map as in `mappings/`: flag -> permission, label -> flag, flags to drop."""

    name: str
    permissions: dict[str, str]
    aliases: dict[str, str] = {}
    ignored: tuple[str, ...] = ()

    @property
    def redefined(self) -> dict[str, str]:
        """The known flags that would give what another known flag stands for.

        What the flags of WHMCS mean is fixed. A map may leave one out, ignore it, or give it the
        name that another system has for the same permission.
        """
        return {
            flag: permission
            for flag, permission in self.permissions.items()
            if fold(flag) in ALL and permission in ALL and permission != fold(flag)
        }


def fold(label: str) -> str:
    """Fold what does not matter in a label: case and blanks.

    No more than that: to `casefold`, a ligature or a long s is the letter it looks like.
    """
    return _BLANKS.sub(" ", label).strip().lower()


_BLANKS = re.compile(r"\s+")


class Flags(msgspec.Struct, frozen=True, array_like=True):
    """What a `permissions` column says. `unknown` quotes what no map knows."""

    permissions: Permissions
    unknown: tuple[str, ...] = ()
    unreadable: bool = False


FlagReader = Callable[[str | None], Flags]


def entitled(rows: Iterable[Permissions]) -> Permissions:
    """Give what every one of these sub-account rows grants: the most anybody may get (I1)."""
    granted: Permissions | None = None
    for row in rows:
        granted = row if granted is None else intersection(granted, row)
    return granted or NONE


def combined(rows: Iterable[Iterable[str]]) -> Permissions:
    """Give what any of these sub-account rows grants: for a decision alone (T-03)."""
    return permissions(key for row in rows for key in row)
