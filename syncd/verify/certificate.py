"""What a certificate says: a position for every login and account, remarks, counts, a verdict."""

from enum import StrEnum

import msgspec

from syncd.model.permission import Permissions
from syncd.ports import Provenance

VERSION = 1


class Conclusion(StrEnum):
    PASS = "PASS"  # noqa: S105 (a word, no secret)
    FAIL = "FAIL"


class State(StrEnum):
    """What a legacy login can do now. Every login has exactly one: the counts must add up."""

    OWNER = "owner"  # owned the account and still does
    SAME = "same"
    NARROWER = "narrower"
    WIDER = "wider"
    WAITING = "waiting"  # invited, not accepted yet
    MISSING = "missing"


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """One login on one account, before and after. A login without an address stands by its row.

    `before` is everything its rows gave together; `allowed` what every one of them gave, which is
    the most it may hold now. An owner's are empty: an owner may do everything.
    """

    account: str
    email: str
    was: str  # owner, sub-account
    state: State
    before: Permissions = ()
    allowed: Permissions = ()
    after: Permissions = ()
    gained: Permissions = ()
    lost: Permissions = ()
    cause: str = ""  # of what is lost: a key of `rules.CAUSES`
    unread: tuple[str, ...] = ()  # flags no map knows, quoted


class Remark(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something beside the positions; `rule` is a key of `rules.RULES`."""

    rule: str
    account: str
    email: str = ""
    what: tuple[str, ...] = ()  # permissions, or categories of mail
    detail: str = ""


class Certificate(msgspec.Struct, frozen=True):
    """The verdict and all that is counted; positions and remarks are streamed beside it."""

    verdict: Conclusion
    target: str
    sources: tuple[Provenance, ...]
    logins: dict[str, int]  # by state
    causes: dict[str, int]  # of what is lost, by cause
    rules: dict[str, int]  # remarks, by rule
    accounts: dict[str, int]
    members: dict[str, int]
    contacts: dict[str, int]
    mail: dict[str, dict[str, int]]  # category -> lost and gained recipients
    imbalances: tuple[str, ...] = ()  # sums that do not add up; must be empty
    version: int = VERSION
