"""Every rule that holds a change, in the order in which they are heard, with its sentence.

The first to hold a change names its verdict. `guard` says when each of them does; the last four
look at all changes together (`together`). From `invite-withdraw` on, a rule says what a person can
do by hand: that is on the worksheet, so all else is heard before it.
"""

from enum import StrEnum
from typing import Self


class Rule(StrEnum):
    """A rule's name, as in plans; `decided`, `reason`, `review`, `blocked` go on with `:<code>`."""

    sentence: str

    def __new__(cls, name: str, sentence: str) -> Self:
        rule = str.__new__(cls, name)
        rule._value_ = name
        rule.sentence = sentence
        return rule

    REFERENCED = "referenced", "in use by orders, tickets or invoices: never removed"
    PROTECTED = "protected", "protected in the config"
    EXCLUDED = "excluded", "left out in the config"
    MODE = "mode", "policy.mode does not allow it"
    DECIDED = "decided", "a decision leaves it as it is"
    REASON = "reason", "a person has to look first"
    LEFT_OUT = "left-out", "its legacy row is only left out of this plan, so it stays"
    REPLACED = "replaced", "stays until the new address has accepted"
    WIDEN = "widen", "would give more than the legacy rows do"
    OWNER = "owner", "owners are never changed"
    REVIEW = "review", "a question is open"
    BLOCKED = "blocked", "the legacy data must be corrected"
    INVITE_WITHDRAW = "invite-withdraw", "to be done by hand"
    UNSUPPORTED = "unsupported", "to be done by hand"
    CREATE_MISSING = "create-missing", "the account is not in the target"
    CLOSED = "closed", "to be done by hand"
    CURRENCY = "currency", "the target has no such currency"
    ADDRESS_TAKEN = "address-taken", "to be done by hand"
    UNNEEDED = "unneeded", "the user would get no access by this plan"
    PARENT = "parent", "the account is not applied yet"
    # An owner's worksheet lists only what no other rule holds.
    CUTOVER = "cutover", "to be invited by the owner, as policy.cutover says"
    LAST_DOMAIN_RECIPIENT = "last-domain-recipient", "nobody would be left who gets the domain mail"
    ACCOUNT_LIMIT = "account-limit", "more changes on one account than the config allows at once"
    WAVE = "wave", "left for a later wave of invitations"
    SILENT_WAVE = "silent-wave", "left for a later wave of silence"


_BY_NAME = {rule.value: rule for rule in Rule}


def rule_in(name: str) -> Rule | None:
    """Give the rule of a verdict by its name, with or without a code; None for no rule."""
    return _BY_NAME.get(name.partition(":")[0])


def sentence_of(name: str) -> str:
    """Give the sentence of a rule by the name in a verdict; the name itself where it is no rule."""
    rule = rule_in(name)
    return rule.sentence if rule else name
