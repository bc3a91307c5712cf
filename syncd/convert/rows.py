"""The rules that every part of convert decides by, and what they leave out."""

import msgspec

from syncd.model.decision import Decisions
from syncd.model.flags import FlagReader
from syncd.model.policy import Names, People, Policy, Staff
from syncd.model.reading import AccountFacts, ContactReading


class Rules(msgspec.Struct, frozen=True):
    """All that rows are read and converted by."""

    read_flags: FlagReader
    policy: Policy = Policy()
    names: Names = Names()
    people: People = People()
    staff: Staff = Staff()
    decisions: Decisions = msgspec.field(default_factory=Decisions)


def with_staff(rules: Rules, addresses: frozenset[str]) -> Rules:
    """Give the rules with addresses of staff beside those that the config names."""
    staff = msgspec.structs.replace(rules.staff, addresses=rules.staff.addresses | addresses)
    return msgspec.structs.replace(rules, staff=staff)


def is_excluded(contact: ContactReading, facts: AccountFacts, rules: Rules) -> bool:
    """Whether contacts and sub-accounts of this account are left out (T-36, T-40)."""
    closed = rules.policy.closed != "all" and facts.is_closed
    by_name = bool(rules.policy.excluded) and contact.account in rules.policy.excluded
    return closed or by_name or facts.is_erased
