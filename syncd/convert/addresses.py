"""Judging e-mail addresses, without looking anything up on the network.

Cases T-10, T-13, T-16, T-40, T-41 and T-59.
"""

import re
from functools import lru_cache

from syncd.model.mailboxes import ROLE_MAILBOXES
from syncd.model.text import decode_entities

# What needs no second look; a property test holds it to be stricter than email-validator.
_PLAIN = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){0,60}\.)+[a-z]{2,24}"
)
_ERASED = re.compile(r"(?:deleted|anonymi[sz]ed|removed|erased)[-_.+]?\w*@\S*\.invalid")
_ERASED_NAMES = frozenset({"deleted account", "deleted client", "deleted user", "anonymized"})

MAX_ADDRESS = 254
MAX_LOCAL = 64
MAX_NAME = 255


def is_too_long(identity: str) -> bool:
    """Say whether the address exceeds 254 characters or its local part 64 (T-16)."""
    return len(identity) > MAX_ADDRESS or len(identity.rpartition("@")[0]) > MAX_LOCAL


def is_usable(identity: str) -> bool:
    """Say whether a normalised address is one that can be written to (T-13)."""
    if _PLAIN.fullmatch(identity) and len(identity) <= MAX_ADDRESS:
        return identity.index("@") <= MAX_LOCAL
    return _is_valid(identity)


def is_plain(identity: str) -> bool:
    """Say whether an address is usable and has nothing in it that might mean something else."""
    fits = len(identity) <= MAX_ADDRESS and identity.find("@") <= MAX_LOCAL
    return fits and _PLAIN.fullmatch(identity) is not None


@lru_cache(maxsize=4096)
def _is_valid(identity: str) -> bool:
    local, _, domain = identity.rpartition("@")
    # A ? may stand in an address, but hardly does: conversions put it where a letter was lost.
    if not local.isascii() or '"' in local or "?" in local or "." not in domain:
        return False
    if decode_entities(identity) != identity:
        return False
    import email_validator  # noqa: PLC0415, which takes as long to load as all else that reads rows

    try:
        # Reserved domains are T-41's business, and what may be one is the provider's to say.
        email_validator.validate_email(
            identity, check_deliverability=False, test_environment=True, globally_deliverable=False
        )
    except email_validator.EmailNotValidError:
        return False
    return True


def is_within(identity: str, domains: frozenset[str]) -> bool:
    """Say whether an address is in one of these domains or below it (T-41, T-59)."""
    _, at, domain = identity.rpartition("@")
    while at and domain:
        if domain in domains:
            return True
        domain = domain.partition(".")[2]
    return False


def is_role(identity: str, roles: frozenset[str] = ROLE_MAILBOXES) -> bool:
    return identity.partition("@")[0] in roles


def is_erased(identity: str, name: str) -> bool:
    """Say whether the row is the remains of an erased person (T-40)."""
    erased_address = identity.endswith(".invalid") and _ERASED.fullmatch(identity) is not None
    return erased_address or (not identity and name.casefold() in _ERASED_NAMES)
