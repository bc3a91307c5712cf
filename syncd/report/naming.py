"""Contacts that something or somebody goes by: values of two tables."""

import msgspec


class Reference(msgspec.Struct, frozen=True):
    """A contact that something names.

    `login` is what becomes of its login: `keeps`, `owner`, `waits`, "" for one who had none. All
    but `contact_id` and `uses` is "" where the contact is gone.
    """

    contact_id: str
    account: str
    account_name: str
    email: str
    login: str
    uses: dict[str, int]


class SupportContact(msgspec.Struct, frozen=True):
    """A contact that may ask support for an account (S2-09), and by what rule."""

    account: str
    account_name: str
    contact_id: str
    name: str
    email: str
    basis: str
    tickets: int  # opened so far
