"""Legacy rows as extracted, without interpretation (WHMCS up to 7.10).

Text columns are the text the database holds, or None where the column or the value is missing: a
zero date stays "0000-00-00", a flag stays "1" or "on". Password hashes and notes never enter: a
source replaces them by their kind (see `password_kind`) and by whether there are some.
"""

import re
from typing import Literal

import msgspec


class LegacyClient(msgspec.Struct, frozen=True, array_like=True):
    """A row of `tblclients`."""

    source: str
    client_id: int
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    email: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None
    phone: str | None = None
    tax_id: str | None = None
    status: str | None = None
    language: str | None = None
    billing_contact: str | None = None
    email_preferences: str | None = None
    password: str | None = None
    two_factor: str | None = None
    created_at: str | None = None
    last_login: str | None = None
    currency: str | None = None  # a number: see `LegacyTerm`
    group: str | None = None  # likewise
    marketing: str | None = None  # consent to marketing mail; before 7.5 only `mail_opt_out`
    mail_opt_out: str | None = None
    notes: str | None = None  # "1" where there are some: staff write passwords into them


class LegacyContact(msgspec.Struct, frozen=True, array_like=True):
    """A row of `tblcontacts`. Its column `userid` means a client: here `client_id` (T-35)."""

    source: str
    contact_id: int
    client_id: int
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    email: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None
    phone: str | None = None
    tax_id: str | None = None
    subaccount: str | None = None
    permissions: str | None = None
    password: str | None = None
    general_emails: str | None = None
    product_emails: str | None = None
    domain_emails: str | None = None
    invoice_emails: str | None = None
    support_emails: str | None = None
    affiliate_emails: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


ReferenceKind = Literal["order", "pay_method", "ticket", "ticket_reply", "social_login"]


class LegacyReference(msgspec.Struct, frozen=True, array_like=True):
    """Rows elsewhere that name a contact (T-31, T-44); those of one contact and kind add up."""

    source: str
    contact_id: int
    kind: ReferenceKind
    count: int


class LegacyStaff(msgspec.Struct, frozen=True, array_like=True):
    """The address of one of the provider's own people (T-59)."""

    source: str
    email: str


TermKind = Literal["currency", "group"]


class LegacyTerm(msgspec.Struct, frozen=True, array_like=True):
    """What the number of a currency or of a client group stands for in this installation."""

    source: str
    kind: TermKind
    number: str
    name: str  # a currency's code


LegacyRow = LegacyClient | LegacyContact | LegacyReference | LegacyStaff | LegacyTerm

# Which column each field is read from; what is not listed has no column of its own.
CLIENT_COLUMNS = {
    "client_id": "id",
    "first_name": "firstname",
    "last_name": "lastname",
    "company": "companyname",
    "email": "email",
    "address1": "address1",
    "address2": "address2",
    "city": "city",
    "state": "state",
    "postcode": "postcode",
    "country": "country",
    "phone": "phonenumber",
    "tax_id": "tax_id",
    "status": "status",
    "language": "language",
    "billing_contact": "billingcid",
    "email_preferences": "email_preferences",
    "password": "password",
    "two_factor": "authmodule",
    "created_at": "datecreated",
    "last_login": "lastlogin",
    "currency": "currency",
    "group": "groupid",
    "marketing": "marketing_emails_opt_in",
    "mail_opt_out": "emailoptout",
    "notes": "notes",
}
CONTACT_COLUMNS = {
    "contact_id": "id",
    "client_id": "userid",
    "first_name": "firstname",
    "last_name": "lastname",
    "company": "companyname",
    "email": "email",
    "address1": "address1",
    "address2": "address2",
    "city": "city",
    "state": "state",
    "postcode": "postcode",
    "country": "country",
    "phone": "phonenumber",
    "tax_id": "tax_id",
    "subaccount": "subaccount",
    "permissions": "permissions",
    "password": "password",
    "general_emails": "generalemails",
    "product_emails": "productemails",
    "domain_emails": "domainemails",
    "invoice_emails": "invoiceemails",
    "support_emails": "supportemails",
    "affiliate_emails": "affiliateemails",
    "created_at": "created_at",
    "updated_at": "updated_at",
}

_PASSWORD_KINDS = (
    # As a target takes it. `$2x$` marks what a faulty crypt_blowfish made: such a one is unknown.
    ("bcrypt", re.compile(r"\$2[aby]\$(?:0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}\Z")),
    ("md5-salted", re.compile(r"[0-9a-fA-F]{32}:.+\Z", re.DOTALL)),
    ("md5", re.compile(r"[0-9a-fA-F]{32}\Z")),
    ("hmac-sha256", re.compile(r"[0-9a-fA-F]{64}:.+\Z", re.DOTALL)),
)


def password_kind(password: str | None) -> str:
    """Name the kind of a stored password (T-42): the only thing about it that may leave a source.

    One of `none`, `bcrypt`, `md5-salted`, `md5`, `hmac-sha256`, `unknown`.
    """
    if not password:
        return "none"
    for kind, form in _PASSWORD_KINDS:
        if form.match(password):
            return kind
    return "unknown"


def presence(text: str | None) -> str | None:
    """Say of a text that may not leave a source whether there is one: "1", or nothing."""
    return "1" if text and text.strip() else None
