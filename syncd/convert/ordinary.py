"""Ordinary rows: those of which convert says the same as of others, but for names and numbers.

Most identities are one row with a plain address, clear marks and a name that needs no look. What
follows of such a row depends on a few values that it shares with thousands. So one row of each sort
is converted, by `convert` itself, with stand-ins for what is a row's own, and the workspace puts
each row's own values in their place. A property test holds both ways to the same result.
"""

import msgspec

from syncd.convert.addresses import is_plain, is_role, is_within
from syncd.convert.convert import Converted, convert
from syncd.convert.rows import Rules
from syncd.convert.values import judge_values
from syncd.model.finding import Severity
from syncd.model.identity import normalise
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.reading import (
    AccountFacts,
    ClientReading,
    ContactReading,
    Entry,
    Identity,
    Reading,
)
from syncd.model.resources import Profile
from syncd.model.standin import BILLING, CLIENT, CONTACT, EMAIL, FIRST, LAST, holds_standin


def is_ordinary(reading: Reading, rules: Rules) -> bool:
    """Say whether nothing in a row asks to be looked at by itself.

    Staff whom only the source knows, and rows that share their address, are for the workspace.
    """
    email, profile, raw = reading.email, reading.profile, reading.row.email or ""
    if isinstance(reading, ContactReading):
        is_clear = reading.login is not None and not reading.unclear_mail
    else:
        is_clear = not reading.billing or reading.billing.isdecimal()
    return (
        is_clear
        and bool(profile.first_name and profile.last_name)
        and not reading.is_erased
        and is_plain(email)
        and raw.isascii()
        and normalise(raw) == email
        and not _is_named(reading, rules)
        and not any(judge_values(reading, "", rules))
        and not holds_standin(email, "".join(msgspec.structs.astuple(profile)))
    )


def _is_named(reading: Reading, rules: Rules) -> bool:
    """Say whether the config has something to say of an address or an account."""
    email, excluded, domains = reading.email, rules.policy.excluded, rules.staff.domains
    return (
        is_role(email, rules.people.role_mailboxes)
        or is_within(email, rules.people.reserved_domains)
        or (bool(domains) and is_within(email, domains))
        or email in rules.staff.addresses
        or (bool(excluded) and (email in excluded or reading.account in excluded))
    )


def has_patterns(rules: Rules) -> bool:
    """Say whether all that convert asks of a row is what its sort has: no promise is by name."""
    return not rules.policy.cutover_for


def pattern(reading: Reading, rules: Rules, *, is_closed: bool) -> Converted | None:
    """Convert a sort of ordinary rows by one of them; None where each must be looked at.

    `is_closed` says whether the account of a contact is.
    """
    if isinstance(reading, ClientReading):
        identity = Identity(EMAIL, (_nameless_client(reading),))
    else:
        account = AccountFacts("", "", is_closed, is_erased=False)
        identity = Identity(EMAIL, (), (Entry(_nameless_contact(reading), account),))
    converted = convert(identity, rules)
    # What a person is asked or told to do is made on the row itself.
    if any(finding.severity is not Severity.NOTE for finding in converted.findings):
        return None
    return converted


_PROFILE = Profile(FIRST, LAST)


def _nameless_client(reading: ClientReading) -> ClientReading:
    row = LegacyClient(reading.row.source, CLIENT, FIRST, LAST, email=EMAIL)
    billing = f"{BILLING}" if reading.billing else ""
    return msgspec.structs.replace(reading, row=row, email=EMAIL, profile=_PROFILE, billing=billing)


def _nameless_contact(reading: ContactReading) -> ContactReading:
    row = LegacyContact(reading.row.source, CONTACT, CLIENT, FIRST, LAST, email=EMAIL)
    return msgspec.structs.replace(reading, row=row, email=EMAIL, profile=_PROFILE)
