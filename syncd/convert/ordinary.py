"""Ordinary rows: those of which convert says the same as of others, but for names and numbers.

Most identities are one row with a plain address, clear marks and a name that needs no look. What
follows of such a row depends on a few values that it shares with thousands. So one row of each sort
is converted, by `convert` itself, with stand-ins for what is a row's own, and the workspace puts
each row's own values in their place. A property test holds both ways to the same result.
"""

import re
from collections.abc import Iterable

import msgspec

from syncd.convert.addresses import MAX_ADDRESS, MAX_LOCAL, MAX_NAME
from syncd.convert.convert import Converted, convert
from syncd.convert.proposals import GARBLED
from syncd.convert.rows import Rules
from syncd.model.finding import Severity
from syncd.model.plainness import Plainness
from syncd.model.reading import AccountFacts, ClientReading, Entry, Identity, Reading
from syncd.model.resources import Account
from syncd.model.standin import BILLING, EMAIL, hold_standin

# What `addresses.is_usable` takes at first sight, for an engine that cannot look ahead.
_PLAIN = r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9](-?[a-z0-9]){0,30}\.)+[a-z]{2,24}"

_WORD = re.compile(r"[!-~]+")


def plainness(rules: Rules) -> Plainness:
    """Say which rows need no look by themselves: not those that the config has a word on.

    Staff whom only the source knows, and rows that share their address, are for the workspace.
    """
    people, staff, excluded = rules.people, rules.staff, rules.policy.excluded
    mailboxes = _any_of(people.role_mailboxes)
    # What is left of an erased person is never at home anywhere else (T-40).
    domains = _any_of({"invalid", *people.reserved_domains, *staff.domains})
    addresses = _any_of(staff.addresses | excluded)
    return Plainness(
        _PLAIN,
        GARBLED.pattern,
        f"{mailboxes}@.*|.*[@.]{domains}|{addresses}",
        excluded,
        MAX_ADDRESS,
        MAX_LOCAL,
        MAX_NAME,
    )


def _any_of(texts: Iterable[str]) -> str:
    """Match any of these texts; what no plain address holds is none of them anyway."""
    return f"(?:{'|'.join(re.escape(text) for text in sorted(texts) if _WORD.fullmatch(text))})"


def has_patterns(rules: Rules) -> bool:
    """Say whether all that convert asks of a row is what its sort has: no promise is by name."""
    return not rules.policy.cutover_for


def pattern(
    reading: Reading, rules: Rules, *, is_closed: bool, is_billed: bool
) -> Converted | None:
    """Convert a sort of ordinary rows by what stands for it; None where each must be looked at.

    `is_closed` says whether the account of a contact is, `is_billed` whether a client names a
    contact that gets its invoices.
    """
    if isinstance(reading, ClientReading):
        billing = f"{BILLING}" if is_billed else ""
        identity = Identity(EMAIL, (msgspec.structs.replace(reading, billing=billing),))
    else:
        account = AccountFacts("", "", is_closed, is_erased=False)
        identity = Identity(EMAIL, (), (Entry(reading, account),))
    converted = convert(identity, rules)
    # What a person is asked or told to do is made on the row itself.
    if any(finding.severity is not Severity.NOTE for finding in converted.findings):
        return None
    # What a source or the config calls a currency or a group: the row itself has a number.
    terms = [each.terms for each in converted.resources if isinstance(each, Account)]
    if hold_standin(name for each in terms for name in (each.currency, each.group)):
        return None
    return converted
