"""Small readers of legacy rows, and the rules that every part of convert decides by."""

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter

import msgspec

from syncd.convert.addresses import is_erased
from syncd.model.decision import Decisions
from syncd.model.flags import FlagReader
from syncd.model.identity import normalise
from syncd.model.legacy import AccountFacts, LegacyClient, LegacyContact
from syncd.model.policy import Names, People, Policy, Staff
from syncd.model.resources import AccountRef, Profile, account_ref
from syncd.model.text import clean

Row = LegacyClient | LegacyContact

# The columns of either row that a Profile is made of, in its order.
profile_columns: Callable[[Row], tuple[str | None, ...]] = attrgetter(*Profile.__struct_fields__)


class Rules(msgspec.Struct, frozen=True):
    """All that convert decides by, beside the rows."""

    read_flags: FlagReader
    policy: Policy = Policy()
    names: Names = Names()
    people: People = People()
    staff: Staff = Staff()
    decisions: Decisions = msgspec.field(default_factory=Decisions)


def ref_of(row: Row) -> AccountRef:
    return account_ref(row.source, row.client_id)


def contact_id_of(row: LegacyContact) -> str:
    return f"{row.source}/{row.contact_id}"


def profile_of(row: Row) -> Profile:
    return Profile(*map(clean, profile_columns(row)))


def person_of(row: Row) -> str:
    """Name the person of a row; blank where only a company stands there."""
    return f"{clean(row.first_name)} {clean(row.last_name)}".strip()


def with_names(profile: Profile, email: str, placeholder: str) -> Profile:
    """Fill a name the API demands: the other part, the company, the local part (S0-11)."""
    if profile.first_name and profile.last_name:
        return profile
    spare = profile.company or email.partition("@")[0] or placeholder
    first = profile.first_name or profile.last_name or spare
    last = profile.last_name if profile.first_name else ""
    return msgspec.structs.replace(profile, first_name=first, last_name=last or placeholder)


@lru_cache(maxsize=1024)
def is_closed(status: str | None) -> bool:
    return clean(status).casefold() == "closed"


def is_excluded(row: LegacyContact, facts: AccountFacts, rules: Rules) -> bool:
    """Whether contacts and sub-accounts of this account are left out (T-36, T-40)."""
    closed = rules.policy.closed != "all" and is_closed(facts.status)
    by_name = bool(rules.policy.excluded) and ref_of(row) in rules.policy.excluded
    return closed or by_name or is_erased(facts.owner, facts.owner_name)


def is_erased_row(row: Row) -> bool:
    identity = normalise(row.email)
    # The name counts only where there is no address: see `is_erased`.
    return is_erased(identity, "" if identity else person_of(row))
