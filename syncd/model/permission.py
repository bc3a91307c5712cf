"""Permissions: what a membership lets a user do on an account.

A `Permissions` value is a tuple of keys, each once, in canonical order: equal sets are equal
tuples, print alike and hash alike.
"""

from collections.abc import Iterable
from functools import lru_cache

Permissions = tuple[str, ...]

# The 13 keys of WHMCS 8, in the order of GetPermissionsList.
ALL: Permissions = (
    "profile",
    "contacts",
    "products",
    "manageproducts",
    "productsso",
    "domains",
    "managedomains",
    "invoices",
    "quotes",
    "tickets",
    "affiliates",
    "emails",
    "orders",
)
NONE: Permissions = ()

_ORDER = {key: index for index, key in enumerate(ALL)}


def permissions(keys: Iterable[str]) -> Permissions:
    """Give the canonical value of a set of keys; keys we do not know sort last, by name."""
    return _interned(frozenset(keys))


def intersection(first: Permissions, second: Permissions) -> Permissions:
    return permissions(key for key in first if key in second)


def excess(granted: Permissions, allowed: Permissions) -> Permissions:
    """Give the keys of `granted` that `allowed` does not hold: empty means *not widened* (I1)."""
    return permissions(key for key in granted if key not in allowed)


@lru_cache(maxsize=1 << 14)  # all 2^13 sets of the known keys, and some of others
def _interned(keys: frozenset[str]) -> Permissions:
    return tuple(sorted(keys, key=lambda key: (_ORDER.get(key, len(ALL)), key)))
