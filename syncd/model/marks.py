"""BoundMarks: what the target showed of a thing when syncd bound it, to know it again by."""

import msgspec


class BoundMarks(msgspec.Struct, frozen=True):
    """What an account or a contact looked like; "" where the target did not say.

    `address` is its own mail address, `parent` the account a contact was on, `owner` and `owner_id`
    the user who owned an account, `created` when the target says that it was made.
    """

    address: str = ""
    parent: str = ""
    owner: str = ""
    owner_id: str = ""
    name: str = ""
    created: str = ""
