"""What every source must do. An implementation joins by saying how to make one of given rows."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from syncd.model.attachment import StoredPassword
from syncd.model.legacy import (
    CLIENT_COLUMNS,
    CONTACT_COLUMNS,
    LegacyClient,
    LegacyContact,
    LegacyReference,
    LegacyStaff,
    LegacyTerm,
)
from syncd.ports import PasswordSource, Source

NAME = "old"
BATCH = 5

Rows = dict[str, list[tuple[object, ...]]]

# What each kind of password looks like in the database; made of nothing.
PASSWORDS = {
    "none": "",
    "md5": hashlib.md5(b"a").hexdigest(),  # noqa: S324
    "md5-salted": hashlib.md5(b"b").hexdigest() + ":x7Q",  # noqa: S324
    "bcrypt": "$2y$10$" + "not.a.hash." * 4 + "not/a/has",
    "hmac-sha256": hashlib.sha256(b"c").hexdigest() + ":secret",
    "unknown": "c2VjcmV0IGJsb2I=",
}

# Each of them has undone some reader of dumps.
NASTY = (
    'O\'Brien "Bob" & Söhne',
    "'); DROP TABLE tblclients; --",
    "1,'2'),(3,'4",
    "back\\slash \\' \\\\ end\\",
    "-- no comment\n# nor this\n/* nor this */; /*!40101 SET NAMES latin1 */;",
    "tab\tcr\rlf\ncrlf\r\nnul\0sub\x1abell\x07",
    "100%_sure \\% \\_",
    "  blanks around\u00a0",
    "NULL",
    "0x41",
    "`tick` ``",
    "DELIMITER ;;\nUSE other;\n",
    "Ма́рия 北京 עברית",  # noqa: RUF001
    "MÃ¼ller",  # encoded twice, long ago: stays
    "&quot;M&uuml;ller&quot; &amp;amp;",
    "\u0085\u2028\ufeff\u200b",
)
FOUR_BYTES = ("👩🏽‍💻 astral 🜚", "😀" * 50)
# Columns that a test database keeps in another character set than utf8mb4.
LATIN1_TEXTS = ("Zürich", "Åre €5 “quoted”", "")


def _clients() -> list[LegacyClient]:
    return [
        LegacyClient(
            NAME,
            client_id=number * 7,
            first_name=text,
            last_name=FOUR_BYTES[number % 2],
            company="x" * 60000 if number == 3 else text[::-1],
            email=f"client{number}@firm.example",
            address1=text,
            address2="",
            city=LATIN1_TEXTS[number % 3],
            state="",
            postcode="0123",
            country="DE",
            phone="+44.1632960000",
            tax_id="DE'1",
            status=("Active", "Inactive", "Closed")[number % 3],
            language="english",
            billing_contact=str(number % 4),
            email_preferences=None if number % 2 else '{"invoice":"1"}',
            password=list(PASSWORDS)[number % len(PASSWORDS)],
            two_factor="totp",
            created_at="0000-00-00" if number % 2 else "2009-02-28",
            last_login=None if number % 2 else "2019-12-31 23:59:59",
            currency=str(1 + number % 2),
            group="3" if number % 2 else "0",
            marketing=str(number % 2),
            mail_opt_out="0",
            notes="1" if number % 3 else None,
        )
        for number, text in enumerate(NASTY, 1)
    ]


def _contacts() -> list[LegacyContact]:
    return [
        LegacyContact(
            NAME,
            contact_id=number,
            client_id=0 if number == 2 else 7,
            first_name=text,
            last_name="",
            company=FOUR_BYTES[number % 2],
            email=text,
            address1="",
            address2=text,
            city=LATIN1_TEXTS[number % 3],
            state="",
            postcode="",
            country="",
            phone="",
            tax_id="",
            subaccount=str(number % 2),
            permissions="profile,contacts,invoices",
            password=list(PASSWORDS)[number % len(PASSWORDS)],
            general_emails="1",
            product_emails="0",
            domain_emails="1",
            invoice_emails="0",
            support_emails="1",
            affiliate_emails="0",
            created_at="0000-00-00 00:00:00",
            updated_at="2020-02-29 12:00:00",
        )
        for number, text in enumerate(NASTY + FOUR_BYTES, 1)
    ]


CLIENTS = _clients()
CONTACTS = _contacts()


# Rows elsewhere, by table. 0 and NULL name no contact; contact 99 is one that is gone.
LINKING: Mapping[str, list[dict[str, Any]]] = {
    "tblauthn_account_links": [
        {"id": 1, "provider": "o'; auth", "client_id": 7, "contact_id": 3},
        {"id": 2, "provider": "own", "client_id": 7, "contact_id": 0},
    ],
    "tblorders": [
        {"id": 1, "userid": 7, "contactid": 0, "notes": "none"},
        *({"id": n, "userid": 7, "contactid": 1 + n % 2, "notes": text}
          for n, text in enumerate(NASTY[:6], 2)),
        {"id": 9, "userid": 7, "contactid": 99, "notes": ""},
    ],
    "tblpaymethods": [
        {"id": 1, "userid": 7, "contact_id": 7, "contact_type": "Client"},
        {"id": 2, "userid": 7, "contact_id": 4, "contact_type": "Contact"},
        {"id": 3, "userid": 7, "contact_id": 5, "contact_type": "client"},
    ],
    "tblticketreplies": [
        {"id": n, "tid": 1, "contactid": n, "message": "(1,'2'); INSERT INTO `tblorders`;"}
        for n in range(1, 9)
    ],
    "tbltickets": [
        {"id": 1, "userid": 7, "contactid": 2, "message": "x" * 60000},
        {"id": 2, "userid": 7, "contactid": 2, "message": "''"},
    ],
}  # fmt: skip
# The provider's own people: what logs them in must not leave, nor who has no address.
STAFF_TABLE: Mapping[str, list[dict[str, Any]]] = {
    "tbladmins": [
        {"id": 1, "username": "sam", "password": PASSWORDS["md5"], "email": "Sam@kestrel.example",
         "disabled": 0},
        {"id": 2, "username": "mira", "password": PASSWORDS["md5"], "email": "mira@kestrel.example",
         "disabled": 1},
        {"id": 3, "username": "robot", "password": PASSWORDS["md5"], "email": "", "disabled": 0},
    ]
}  # fmt: skip
# What staff wrote of a client must not leave either.
NOTES = "  \n\told password: not-a-secret-of-anybody"
# What numbers of a client stand for; a name may be anything, and a blank one is none.
TERMS_TABLES: Mapping[str, list[dict[str, Any]]] = {
    "tblcurrencies": [
        {"id": 1, "code": "USD", "prefix": "$", "suffix": " USD", "format": 1, "rate": "1.00000",
         "default": 1},
        {"id": 2, "code": "EUR", "prefix": "", "suffix": " €", "format": 3, "rate": "0.92000",
         "default": 0},
    ],
    "tblclientgroups": [
        {"id": 3, "groupname": "Gold &amp; Co'", "groupcolour": "#fff", "discountpercent": "0.00"},
        {"id": 4, "groupname": " ", "groupcolour": "", "discountpercent": "0.00"},
    ],
}  # fmt: skip
CURRENCIES = [(NAME, "currency", "1", "USD"), (NAME, "currency", "2", "EUR")]
TERMS = [*CURRENCIES, (NAME, "group", "3", "Gold & Co'")]
STAFF = [(NAME, "Sam@kestrel.example"), (NAME, "mira@kestrel.example")]
REFERENCES = {
    ("order", 1): 3,
    ("order", 2): 3,
    ("order", 99): 1,
    ("pay_method", 4): 1,
    ("social_login", 3): 1,
    ("ticket", 2): 2,
    **{("ticket_reply", one): 1 for one in range(1, 9)},
}


def column_row(row: LegacyClient | LegacyContact) -> dict[str, Any]:
    """Give the row as its table has it: by column, with a password of the kind named."""
    columns = CLIENT_COLUMNS if isinstance(row, LegacyClient) else CONTACT_COLUMNS
    values = {column: getattr(row, field) for field, column in columns.items()}
    if isinstance(row, LegacyClient):
        values["notes"] = NOTES if row.notes else "  \n"
    return values | {"password": PASSWORDS[row.password or "none"]}


def tables(
    clients: list[LegacyClient] = CLIENTS, contacts: list[LegacyContact] = CONTACTS
) -> Mapping[str, list[dict[str, Any]]]:
    return {
        "tblclients": [column_row(row) for row in clients],
        "tblcontacts": [column_row(row) for row in contacts],
        **{
            table: rows if clients else []
            for table, rows in (LINKING | STAFF_TABLE | TERMS_TABLES).items()
        },
    }


def references_of(source: Source) -> dict[tuple[str, int], int]:
    """How often contacts are named, by kind and contact; rows of the same add up."""
    found: Counter[tuple[str, int]] = Counter()
    for batch in source.extract():
        if batch.table is LegacyReference:
            for name, contact_id, kind, number in batch.rows:
                assert name == NAME
                found[str(kind), contact_id] += number  # type: ignore[index, assignment, operator]
    return dict(found)


def rows_of(source: Source) -> Rows:
    """All rows by the name of their struct, in the order of their ids."""
    rows: Rows = {"LegacyClient": [], "LegacyContact": []}
    for batch in source.extract():
        if batch.table in (LegacyClient, LegacyContact):
            rows[batch.table.__name__] += batch.rows
    return {name: sorted(found, key=lambda row: row[1]) for name, found in rows.items()}  # type: ignore[arg-type, return-value]


def terms_of(source: Source) -> list[tuple[object, ...]]:
    terms = (row for batch in source.extract() if batch.table is LegacyTerm for row in batch.rows)
    return sorted(terms, key=str)


def staff_of(source: Source) -> list[tuple[object, ...]]:
    return [row for batch in source.extract() if batch.table is LegacyStaff for row in batch.rows]


EXPECTED = {
    "LegacyClient": [msgspec.structs.astuple(row) for row in CLIENTS],
    "LegacyContact": [msgspec.structs.astuple(row) for row in CONTACTS],
}


class SourceContract:
    """Subclasses give `source`, of `CLIENTS`, `CONTACTS` and `REFERENCES`, and `empty`, of no rows.

    Both under `NAME`, in batches of `BATCH`. A source that shows less says in `expected` and
    `references` what.
    """

    @pytest.fixture
    def expected(self) -> Rows:
        return EXPECTED

    @pytest.fixture
    def references(self) -> dict[tuple[str, int], int]:
        return REFERENCES

    @pytest.fixture
    def terms(self) -> list[tuple[object, ...]]:
        return TERMS

    @pytest.fixture
    def source(self) -> Source:
        raise NotImplementedError

    @pytest.fixture
    def empty(self) -> Source:
        raise NotImplementedError

    def test_gives_every_row_once_as_it_stands(self, source: Source, expected: Rows) -> None:
        assert rows_of(source) == expected

    def test_rows_are_tuples_in_the_order_of_the_struct(self, source: Source) -> None:
        for batch in source.extract():
            for row in batch.rows:
                assert type(row) is tuple
                client_or_contact = batch.table(*row)  # type: ignore[arg-type]
                if isinstance(client_or_contact, LegacyReference):
                    assert type(row[1]) is type(row[3]) is int
                    continue
                if isinstance(client_or_contact, LegacyStaff | LegacyTerm):
                    assert row[0] == NAME
                    continue
                assert client_or_contact.source == source.name == NAME
                ids = 1 if batch.table is LegacyClient else 2
                assert all(type(value) is int for value in row[1 : 1 + ids])
                assert all(value is None or type(value) is str for value in row[1 + ids :])

    def test_says_what_currencies_and_groups_stand_for(
        self, source: Source, terms: list[tuple[object, ...]]
    ) -> None:
        assert terms_of(source) == terms

    def test_counts_what_names_contacts_elsewhere(
        self, source: Source, references: dict[tuple[str, int], int]
    ) -> None:
        assert references_of(source) == references

    @pytest.fixture
    def staff(self) -> list[tuple[object, ...]]:
        return STAFF

    def test_names_the_providers_staff(
        self, source: Source, staff: list[tuple[object, ...]]
    ) -> None:
        assert staff_of(source) == staff
        assert not staff or "staff" not in " ".join(source.provenance().hidden)

    def test_comes_in_batches(self, source: Source) -> None:
        sizes = [len(batch.rows) for batch in source.extract()]
        assert max(sizes) == BATCH
        assert min(sizes) > 0

    def test_no_password_leaves(self, source: Source) -> None:
        told = msgspec.json.encode(rows_of(source)).decode()
        assert not re.search(r"[0-9a-f]{32}|\$2y\$", told)
        assert PASSWORDS["unknown"] not in told

    def test_says_where_the_rows_came_from(self, source: Source) -> None:
        rows_of(source)
        provenance = source.provenance()
        assert provenance.source == NAME
        assert provenance.kind
        assert provenance.origin
        assert (provenance.clients, provenance.contacts) == (len(CLIENTS), len(CONTACTS))

    def test_a_reader_may_stop_half_way(self, source: Source) -> None:
        batches = source.extract()
        next(batches)
        batches.close()  # type: ignore[attr-defined]

    def test_an_empty_installation_is_read_to_its_end(self, empty: Source) -> None:
        assert list(empty.extract()) == []
        assert empty.provenance().clients == empty.provenance().contacts == 0


class GivesPasswords:
    """Joined by sources that give stored passwords: see `PasswordSource`."""

    def test_the_stored_password_of_a_wanted_contact_is_given_and_no_other(
        self, source: Source
    ) -> None:
        assert isinstance(source, PasswordSource)
        read = source.passwords({1: 7, 3: 7, 999: 7})
        third, first = read(3), read(1)
        assert third == StoredPassword(7, CONTACTS[2].email, "1", PASSWORDS["bcrypt"])
        assert first is not None
        assert first.hash == PASSWORDS["md5"]
        assert (read(999), read(4)) == (None, None)
        assert PASSWORDS["bcrypt"] not in repr(third)
