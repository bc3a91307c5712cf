"""Where a legacy WHMCS names contacts beside `tblcontacts` (T-31): read is only how often.

A table that is not there, as in an older release, or may not be read costs a remark and no more.
"""
# ruff: noqa: S608 (statements are made of our own names and of whole numbers)

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import msgspec

from syncd.model.legacy import ReferenceKind
from syncd.ports import Rows
from syncd.wire.mysql import Texts


class ReferenceColumn(msgspec.Struct, frozen=True):
    """A column that names contacts.

    Where the same column also names clients, `whose` is the column that says which: the last
    part of its value is then `client`, in whatever case.
    """

    table: str
    column: str
    kind: ReferenceKind
    whose: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return ("id", self.column, *filter(None, [self.whose]))

    def is_readable(self, present: Collection[str]) -> bool:
        return all(column in present for column in self.columns[1:])


LINKS = {
    link.table: link
    for link in (
        ReferenceColumn("tblorders", "contactid", "order"),
        ReferenceColumn("tblpaymethods", "contact_id", "pay_method", whose="contact_type"),
        ReferenceColumn("tbltickets", "contactid", "ticket"),
        ReferenceColumn("tblticketreplies", "contactid", "ticket_reply"),
        ReferenceColumn("tblauthn_account_links", "contact_id", "social_login"),
    )
}


def statement(link: ReferenceColumn, after: int, size: int) -> str:
    """Give the statement that counts, for the next contacts by id, the rows that name them."""
    mine = f"AND LOWER(COALESCE({link.whose}, '')) NOT LIKE '%client'" if link.whose else ""
    return (
        f"SELECT {link.column}, COUNT(*) FROM {link.table} WHERE {link.column} > {after} {mine}"
        f" GROUP BY {link.column} ORDER BY {link.column} LIMIT {size}"
    )


def is_number(text: str | None) -> bool:
    """Say whether a text is an id: digits, and not thousands of them."""
    return text is not None and len(text) < 20 and text.isdecimal()


def counted(source: str, link: ReferenceColumn, rows: Iterable[Texts]) -> Rows:
    """Count the contacts that rows with `link.columns` name; no contact is 0, NULL or blank."""
    counts = Counter(
        int(text)
        for _, text, *whose in rows
        if text is not None
        and is_number(text)
        and not (whose and (whose[0] or "").lower().endswith("client"))
    )
    return [
        (source, contact_id, link.kind, number)
        for contact_id, number in sorted(counts.items())
        if contact_id
    ]


def remarks_on_links(columns: Mapping[str, Collection[str]]) -> list[str]:
    """Say which tables are not known to name contacts; `columns` are those that can be read."""
    missing = [
        f"{link.table}.{link.column}"
        for link in LINKS.values()
        if not link.is_readable(columns.get(link.table, ()))
    ]
    if not missing:
        return []
    where = ", ".join(missing)
    return [f"missing or not readable: {where}; contacts in use there are not counted"]
