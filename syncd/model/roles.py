"""How reports describe permissions: a label for a set, plain words and a tier of risk for each.

Data of `mappings/labels.yaml`. Nothing here is a right, and no plan depends on it (S0-17).
"""

from typing import Literal

import msgspec

from syncd.model.permission import Permissions

Tier = Literal["critical", "high", "medium", "low"]

CUSTOM = "custom"  # the label of a set that no rule fits


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name for sets of permissions; all that it says must hold of a set."""

    name: str
    has: Permissions = ()
    any: Permissions = ()
    lacks: Permissions = ()
    only: Permissions = ()

    @property
    def named(self) -> set[str]:
        return {*self.has, *self.any, *self.lacks, *self.only}

    def fits(self, held: Permissions) -> bool:
        keys = set(held)
        return (
            keys.issuperset(self.has)
            and (not self.any or not keys.isdisjoint(self.any))
            and keys.isdisjoint(self.lacks)
            and (not self.only or keys.issubset(self.only))
        )


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a permission lets somebody do, and how much harm that can do."""

    tier: Tier
    words: str


# Of a permission that the table does not have: rather listed too often than overlooked.
UNKNOWN = Risk("high", "nobody has said what this permission can do")


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    labels: tuple[Label, ...] = ()
    permissions: dict[str, Risk] = {}

    def label(self, held: Permissions) -> str:
        """Give the name of the first label that fits, else `custom`."""
        return next((label.name for label in self.labels if label.fits(held)), CUSTOM)

    def risk(self, permission: str) -> Risk:
        return self.permissions.get(permission, UNKNOWN)
