"""Keys of resources: put together and taken apart here alone. In SQL: the macros of the workspace.

A key names a resource on every side: `user:<email>`, `account:<ref>`, `membership:<ref>:<email>`,
`contact:<source>/<contact id>`. Kinds and refs hold no colon; an address may.
"""

from typing import NamedTuple


def user_key(email: str) -> str:
    return f"user:{email}"


def account_key(ref: str) -> str:
    return f"account:{ref}"


def membership_key(ref: str, email: str) -> str:
    return f"membership:{ref}:{email}"


def source_key(source: str) -> str:
    """Give the scope of what is found about a whole source: no resource has such a key."""
    return f"source:{source}"


def password_key(email: str) -> str:
    """Give the scope of what is asked about a person's password: it holds no change."""
    return f"password:{email}"


def contact_ref(source: str, contact_id: int | str) -> str:
    """Give the reference of a contact; that of an account is `resources.account_ref`."""
    return f"{source}/{contact_id}"


def source_of(ref: str) -> str:
    """Give the source that an account or a contact is of."""
    return ref.partition("/")[0]


def number_of(ref: str) -> int:
    """Give the number that an account or a contact has in its source."""
    return int(ref.rpartition("/")[2])


def contact_key(contact_id: str) -> str:
    return f"contact:{contact_id}"


class Parts(NamedTuple):
    """What a key says; what it does not say is "". A contact's key does not name its account."""

    kind: str
    account: str = ""
    email: str = ""
    contact_id: str = ""


def parts_of(key: str) -> Parts:
    kind, _, rest = key.partition(":")
    match kind:
        case "user" | "password":
            return Parts(kind, email=rest)
        case "account":
            return Parts(kind, account=rest)
        case "contact":
            return Parts(kind, contact_id=rest)
        case _:
            account, _, email = rest.partition(":")
            return Parts(kind, account, email)


def kind_of(key: str) -> str:
    return key.partition(":")[0]
