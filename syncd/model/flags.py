"""Flags of legacy rows: the map that gives them meaning, and what rows give together."""

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from syncd.model.permission import ALL, NONE, Permissions, intersection, permissions
from syncd.model.text import decode_entities, small


class PermissionMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A permission map as in `mappings/`: flag -> permission, label -> flag, flags to drop."""

    name: str
    permissions: dict[str, str]
    aliases: dict[str, str] = {}
    ignored: tuple[str, ...] = ()

    def redefined(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Give the words of WHMCS that would give what another word of it stands for.

        What its flags and their `labels` mean is fixed. A map may leave one out, ignore it, or give
        it the name that another system has for the same permission.
        """
        known = {fold(label): flag for label, flag in labels.items()} | {flag: flag for flag in ALL}

        def meant(word: str) -> str | None:
            return known.get(fold(decode_entities(word)))

        return {
            word: permission
            for word, permission in self.permissions.items()
            if permission in ALL and meant(word) not in (None, permission)
        } | {
            label: flag
            for label, flag in self.aliases.items()
            if meant(label) not in (None, fold(flag))
        }


def fold(label: str) -> str:
    """Fold what does not matter in a label: case and blanks.

    No more than that: to `casefold`, a ligature or a long s is the letter it looks like.
    """
    return small(_BLANKS.sub(" ", label).strip())


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
