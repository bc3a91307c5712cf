"""The rules that every part of convert decides by, and what they leave out."""

from collections.abc import Mapping

import msgspec

from syncd.model.decision import Decisions
from syncd.model.flags import FlagReader
from syncd.model.legacy import TermKind
from syncd.model.policy import Names, People, Policy, Staff
from syncd.model.reading import AccountFacts, ClientReading, ContactReading
from syncd.model.resources import Terms, unknown_term


class Rules(msgspec.Struct, frozen=True):
    """All that rows are read and converted by."""

    read_flags: FlagReader
    policy: Policy = Policy()
    names: Names = Names()
    people: People = People()
    staff: Staff = Staff()
    decisions: Decisions = msgspec.field(default_factory=Decisions)
    currencies: Mapping[str, str] = {}  # see `Accounts`
    names_of_terms: Mapping[tuple[str, TermKind, str], str] = {}  # source, kind, number -> name


def with_staff(rules: Rules, addresses: frozenset[str]) -> Rules:
    """Give the rules with addresses of staff beside those that the config names."""
    staff = msgspec.structs.replace(rules.staff, addresses=rules.staff.addresses | addresses)
    return msgspec.structs.replace(rules, staff=staff)


def with_terms(rules: Rules, names: Mapping[tuple[str, TermKind, str], str]) -> Rules:
    """Give the rules with what the numbers of the sources stand for."""
    return msgspec.structs.replace(rules, names_of_terms=names)


def terms_of(client: ClientReading, rules: Rules) -> Terms:
    """Give what an account of this client is made with, in the target's words.

    A number whose meaning the source does not show is given as `<source>/<number>`, which no
    target has.
    """
    currency = _named(client, "currency", client.currency, rules)
    group = _named(client, "group", client.group, rules)
    return Terms(rules.currencies.get(currency, currency), group, client.marketing)


def _named(client: ClientReading, kind: TermKind, number: str, rules: Rules) -> str:
    name = rules.names_of_terms.get((client.row.source, kind, number), "")
    return name or (number and unknown_term(client.row.source, number))


def is_excluded(contact: ContactReading, facts: AccountFacts, rules: Rules) -> bool:
    """Whether contacts and sub-accounts of this account are left out (T-36, T-40)."""
    closed = rules.policy.closed != "all" and facts.is_closed
    by_name = bool(rules.policy.excluded) and contact.account in rules.policy.excluded
    return closed or by_name or facts.is_erased
