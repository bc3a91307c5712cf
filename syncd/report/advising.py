"""Advice as values: what each kind says, to whom it is given, and how much of it there is."""

import msgspec

from syncd.model.permission import Permissions

ADVISED = "least_privilege.csv"  # the table
# What each kind of advice says; the order is that of the report.
ADVICE = {
    "everybody_all": "All members of this account hold every permission: ask its owner who needs "
    "which.",
    "holds_all": "Holds every permission. The old form had one box that ticked them all.",
    "outsider_critical": "Holds a critical permission, and the address is in another domain than "
    "the owner's: ask the owner whether it still should.",
    "shared_critical": "A mailbox that several people may read holds a critical permission: give "
    "each person a login.",
    "manages_several": "May change the contacts of several accounts, and who gets their mail: an "
    "agency, or a leftover.",
    "orders_and_pays": "May order and pay: one login spends the client's money alone.",
}


class Advice(msgspec.Struct, frozen=True):
    """One piece of advice; about a whole account where `email` is ""."""

    account: str
    account_name: str
    email: str
    advice: str  # a key of `ADVICE`
    permissions: Permissions  # those that it is about
    words: str


class AdviceFacts(msgspec.Struct, frozen=True):
    """How often each kind of advice is given, by its key in `ADVICE`; a sample of it."""

    numbers: dict[str, int] = {}
    sample: tuple[Advice, ...] = ()
