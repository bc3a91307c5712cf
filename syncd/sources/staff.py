"""The provider's own staff, from `tbladmins` (T-59): id and address, nothing that logs in.

A disabled admin counts too: one click makes a login of it again. A table that is not there or may
not be read costs a note and no more, since the config can name staff as well.
"""

from collections.abc import Iterable

from syncd.ports import Rows
from syncd.wire.mysql import Texts

STAFF = "tbladmins"
STAFF_COLUMNS = ("id", "email")
NOT_KNOWN = (
    f"your staff are not known from the source ({STAFF} is missing, empty or not readable): a"
    " sub-account counts as one of them only by `staff` in the config"
)


def staff_rows(source: str, rows: Iterable[Texts]) -> Rows:
    """Give rows with `STAFF_COLUMNS` in the order of LegacyStaff, where they have an address."""
    return [(source, email) for _, email in rows if email and email.strip()]
