"""The resources of the new user management: frozen values with a natural key.

Resources are spoken of in the source's ids (`legacy/17`); the target's own ids live in bindings.
"""

from datetime import datetime
from typing import Literal, NewType

import msgspec

from syncd.model.keys import account_key, contact_key, membership_key, user_key
from syncd.model.permission import Permissions

# `<source>/<client id>`: brands with colliding ids never meet (T-54).
AccountRef = NewType("AccountRef", str)

Preference = Literal["general", "product", "domain", "invoice", "support", "affiliate"]
# Categories of mail a contact receives, each once, in this order.
PREFERENCES: tuple[Preference, ...] = (
    "general",
    "product",
    "domain",
    "invoice",
    "support",
    "affiliate",
)
INVITE_DAYS = 7


def account_ref(source: str, client_id: int | str) -> AccountRef:
    return AccountRef(f"{source}/{client_id}")


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """Names and address of an account or a contact, entities decoded once (T-21)."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    tax_id: str = ""

    @property
    def name(self) -> str:
        """The person's name, else the company's."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.company


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an account is made with besides; never compared, for staff may change all of it."""

    currency: str = ""  # its code; "" where it is not known
    group: str = ""  # name of the client group
    marketing: bool | None = None  # whether it gets marketing mail, None where that is not known


def unknown_term(source: str, number: str) -> str:
    """Name a currency or group whose meaning its source does not show; no target has that name."""
    return f"{source}/{number}"


class User(msgspec.Struct, frozen=True, tag_field="kind", tag="user"):
    """A person who logs in. Compared by existence only: names are the person's own business."""

    email: str
    first_name: str = ""
    last_name: str = ""
    language: str = ""

    @property
    def key(self) -> str:
        return user_key(self.email)

    @property
    def compared(self) -> tuple[object, ...]:
        return ()


class Account(msgspec.Struct, frozen=True, tag_field="kind", tag="account"):
    """A billable party with exactly one owner. Compared by owner only (I2): see `guard`.

    `email` is the account's own mail address, to which invoices and domain mail go, and not always
    its owner's; every reader of a target shows it. Where it differs: `match.addresses`.
    """

    ref: AccountRef
    owner: str
    email: str = ""
    status: str = ""
    billing_contact: str = ""
    language: str = ""
    profile: Profile = Profile()
    terms: Terms = Terms()

    @property
    def key(self) -> str:
        return account_key(self.ref)

    @property
    def name(self) -> str:
        return self.profile.company or self.profile.name

    @property
    def is_closed(self) -> bool:
        return self.status.casefold() == "closed"

    @property
    def compared(self) -> tuple[object, ...]:
        return (self.owner,)


class Membership(msgspec.Struct, frozen=True, tag_field="kind", tag="membership"):
    """What a user may do on an account; never the owner's, who may do everything."""

    account: AccountRef
    email: str
    permissions: Permissions

    @property
    def key(self) -> str:
        return membership_key(self.account, self.email)

    @property
    def compared(self) -> tuple[object, ...]:
        return self.permissions


class Invite(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="invite"):
    """A membership asked for and not yet accepted; stands under the membership's key.

    One that is not `confirmed` counts as sent, though nobody answered that it was. One that is
    `gone` was cancelled, or somebody else accepted it: it is never fresh.
    """

    account: AccountRef
    email: str
    permissions: Permissions
    sent_at: datetime
    fresh: bool
    confirmed: bool = True
    gone: bool = False
    times: int = 1  # how many were sent in a row, this one included, and none accepted

    @property
    def key(self) -> str:
        return membership_key(self.account, self.email)

    @property
    def compared(self) -> tuple[object, ...]:
        return ("invite", self.sent_at.isoformat(), self.fresh, self.confirmed, self.gone)


class Contact(msgspec.Struct, frozen=True, tag_field="kind", tag="contact"):
    """A mailing address of an account with its six preferences; cannot log in.

    `contact_id` is `<source>/<contact id>`. The postal address goes along when the contact is
    made; compared are name, e-mail address and preferences, which decide who gets which mail.
    The company is not: GetContacts of WHMCS 8 does not show it.
    """

    account: AccountRef
    contact_id: str
    email: str
    preferences: tuple[Preference, ...]
    profile: Profile = Profile()

    @property
    def key(self) -> str:
        return contact_key(self.contact_id)

    @property
    def compared(self) -> tuple[object, ...]:
        names = (self.profile.first_name, self.profile.last_name)
        return (*names, self.email, *self.preferences)


Resource = User | Account | Membership | Contact
Observable = User | Account | Membership | Contact | Invite
