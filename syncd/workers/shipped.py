"""The rules of a plan as its workers get them: there is no other config for them to go by."""

from collections.abc import Mapping
from importlib.metadata import version
from unicodedata import unidata_version

import msgspec

from syncd import __version__
from syncd.convert.permissions import flag_reader
from syncd.convert.rows import Rules
from syncd.model.decision import Decision, Decisions
from syncd.model.flags import PermissionMap
from syncd.model.policy import Names, People, Policy, Staff

# What decides how addresses and names are read, beside the rules.
_DECISIVE = ("idna", "email-validator", "phpserialize", "duckdb", "msgspec")


def program() -> str:
    """Name the program of this process: those that make a plan together must have the same."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _DECISIVE)
    return f"syncd {__version__} (Unicode {unidata_version}, {libraries})"


class Shipped(msgspec.Struct, frozen=True):
    """See `Rules`, which holds a function and so cannot travel."""

    mapping: PermissionMap
    policy: Policy
    names: Names
    people: People
    staff: Staff
    decisions: tuple[Decision, ...]
    currencies: Mapping[str, str]


def shipped(rules: Rules, mapping: PermissionMap) -> Shipped:
    policy = Policy(*(getattr(rules.policy, name) for name in Policy.__struct_fields__))
    decisions = tuple(rules.decisions)
    return Shipped(
        mapping, policy, rules.names, rules.people, rules.staff, decisions, rules.currencies
    )


def unpacked(rules: Shipped) -> Rules:
    return Rules(
        flag_reader(rules.mapping),
        rules.policy,
        rules.names,
        rules.people,
        rules.staff,
        Decisions(rules.decisions),
        rules.currencies,
    )
