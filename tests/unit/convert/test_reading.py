"""What is read of a legacy row: the one place where its columns get a meaning."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import RULES, client, contact, sub

from syncd.convert.reading import Reader, client_mail, contact_mail, read_client, read_contact
from syncd.model.flags import Flags
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyReference
from syncd.model.reading import ClientReading, ContactReading, address
from syncd.model.resources import PREFERENCES, Profile

JANE = "jane@dev.example"


def read(row: LegacyContact) -> ContactReading:
    return read_contact(row, RULES.read_flags)


# --- who ------------------------------------------------------------------------------------


def test_an_address_is_normalised_and_a_text_is_as_people_see_it() -> None:
    row = contact(3, 17, " JANE@Dev.example\u00a0", first_name="J&#228;ne ", company=" R&amp;D ")

    reading = read(row)

    assert (reading.email, reading.identity) == (JANE, JANE)
    assert reading.profile == Profile("Jäne", "Doe", "R&D")
    assert (reading.person, reading.account, reading.contact_id) == (
        "Jäne Doe", "legacy/17", "legacy/3",
    )  # fmt: skip
    assert reading.row is row


def test_a_row_without_an_address_has_an_identity_of_its_own() -> None:
    alone = [read_client(client(3, None)), read(contact(3, 3, " ")), read(contact(4, 3, "\u200b"))]

    assert len({reading.identity for reading in alone}) == 3
    assert {reading.email for reading in alone} == {""}
    assert {address(reading.identity) for reading in alone} == {""}
    assert address(JANE) == JANE


@pytest.mark.parametrize(("fields", "label"), [
    ({"company": "Acme &amp; Sons"}, "Acme & Sons"),
    ({"company": " \u00a0"}, "Olga Owner"),
    ({"first_name": None}, "Owner"),
    ({"first_name": None, "last_name": ""}, ""),
])  # fmt: skip
def test_an_account_is_called_after_its_company_or_its_person(
    fields: dict[str, Any], label: str
) -> None:
    assert read_client(client(17, None, **fields)).label == label


def test_a_client_says_how_it_stands() -> None:
    row = client(
        17, "olga@acme.example", status=" CLOSED ", language="&#100;e", two_factor=" totp",
        billing_contact=" 9 ", email_preferences='{"invoice":"0"}',
    )  # fmt: skip

    reading = read_client(row)

    assert (reading.status, reading.is_closed, reading.is_erased) == ("CLOSED", True, False)
    assert (reading.language, reading.two_factor, reading.billing) == ("de", "totp", "9")
    assert reading.mail == ("general", "product", "domain", "support", "affiliate")
    assert not read_client(client(17, None)).is_closed
    assert read_client(client(17, None, billing_contact=" 0 ")).billing == ""


@pytest.mark.parametrize(("email", "name", "erased"), [
    ("erased-3@suppressed.invalid", "Jane", True),
    (None, "Deleted&nbsp;", True),
    (JANE, "Deleted", False),  # a name alone proves nothing
    (None, "Jane", False),
])  # fmt: skip
def test_the_remains_of_an_erased_person_are_known(
    email: str | None, name: str, *, erased: bool
) -> None:
    names = {"first_name": name, "last_name": "account"}

    assert read(contact(3, 17, email, **names)).is_erased is erased
    assert read_client(client(3, email, **names)).is_erased is erased


# --- logins ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("mark", "login"), [
    ("1", True), (" on", True), ("TRUE", True),
    ("0", False), ("", False), (None, False), (" off ", False), ("False", False),
    ("2", None), ("yes", None), ("-", None),
])  # fmt: skip
def test_the_tick_alone_makes_a_login(mark: str | None, *, login: bool | None) -> None:
    assert read(contact(3, 17, JANE, subaccount=mark, permissions="orders")).login is login


def test_flags_are_mapped_whoever_has_them() -> None:
    raw = "View &amp; Pay Invoices,managebilling"
    flags = Flags(("invoices",), ("managebilling",))

    assert read(sub(3, 17, JANE, raw)).flags == flags
    assert read(contact(3, 17, JANE, permissions=raw)).flags == flags
    assert read(sub(3, 17, JANE, '["invoices"')).flags.unreadable


@pytest.mark.parametrize(("fields", "dormant"), [
    ({"permissions": "orders"}, True),
    ({"password": "bcrypt"}, True),
    ({"permissions": " \u00a0", "password": "none"}, False),
    ({}, False),
    ({"permissions": "orders", "subaccount": "1"}, False),
    ({"permissions": "orders", "subaccount": "maybe"}, False),
])  # fmt: skip
def test_login_data_on_what_is_no_login_is_dormant(
    fields: dict[str, Any], *, dormant: bool
) -> None:
    assert read(contact(3, 17, JANE, **fields)).is_dormant is dormant


@pytest.mark.parametrize(("stored", "kind"), [("md5", "md5"), ("none", "none"), (None, "unknown")])
def test_of_a_password_there_is_its_kind(stored: str | None, kind: str) -> None:
    assert read(sub(3, 17, JANE, password=stored)).password == kind


# --- mail -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("marks", "wanted", "unclear"), [
    (("1", "0", "0", "1", "", None), ("general", "invoice"), ()),
    (("on", "TRUE", " on ", "1", "1", "1"), PREFERENCES, ()),
    ((None,) * 6, (), ()),
    # What is neither on nor off is not guessed: convert holds such a contact.
    (("2", "maybe", "0", "0", "0", "1"), ("affiliate",), ("general='2'", "product='maybe'")),
])  # fmt: skip
def test_a_contact_gets_what_its_columns_switch_on(
    marks: tuple[str | None, ...], wanted: tuple[str, ...], unclear: tuple[str, ...]
) -> None:
    assert contact_mail(marks) == (wanted, unclear)
    columns = {f"{name}_emails": mark for name, mark in zip(PREFERENCES, marks, strict=True)}
    reading = read(contact(3, 17, JANE, **columns))
    assert (reading.mail, reading.unclear_mail) == (wanted, unclear)


def test_a_contact_whose_mail_is_all_off_is_inert() -> None:
    assert read(contact(3, 17, JANE, invoice_emails="0")).is_inert
    assert not read(contact(3, 17, JANE, invoice_emails="1")).is_inert
    assert not read(contact(3, 17, JANE, invoice_emails="maybe")).is_inert
    assert not read(contact(3, 17, JANE)).is_inert  # the table has no such columns


@pytest.mark.parametrize("raw", [None, "", "{}", "{broken", "[]", "null", '{"general":"1"}'])
def test_a_client_gets_everything_unless_its_row_says_otherwise(raw: str | None) -> None:
    assert client_mail(raw) == PREFERENCES


@pytest.mark.parametrize("off", ['"0"', "0", "false", '""', '"off"'])
def test_a_client_may_switch_categories_off(off: str) -> None:
    raw = f'{{"domain":{off},"invoice":{off},"support":"1","unheard_of":"0"}}'
    assert client_mail(raw) == ("general", "product", "support", "affiliate")


# --- rows as they come ----------------------------------------------------------------------


def test_rows_of_any_table_are_read_in_their_order() -> None:
    rows = [contact(number, 17, JANE) for number in (3, 1)]
    tuples = [msgspec.structs.astuple(row) for row in rows]

    reader = Reader(RULES.read_flags)
    assert list(reader.rows(LegacyContact, tuples)) == [read(row) for row in rows]
    olga = client(17, "olga@acme.example")
    values = msgspec.structs.astuple(olga)
    assert list(reader.rows(LegacyClient, [values])) == [read_client(olga)]
    used = LegacyReference("legacy", 3, "ticket", 2)
    values = msgspec.structs.astuple(used)
    assert list(reader.rows(LegacyReference, [values])) == [used]


TEXT = st.none() | st.text(max_size=12)
TEXTS = {
    field: TEXT for field in LegacyContact.__struct_fields__
    if field not in ("source", "contact_id", "client_id")
}  # fmt: skip
CLIENT_TEXTS = {
    field: TEXT for field in LegacyClient.__struct_fields__ if field not in ("source", "client_id")
}


@given(
    st.builds(LegacyContact, st.just("legacy"), st.integers(1), st.integers(1), **TEXTS),
    st.builds(LegacyClient, st.just("legacy"), st.integers(1), **CLIENT_TEXTS),
)
def test_any_row_can_be_read_and_comes_back_as_it_was_read(
    contact_row: LegacyContact, client_row: LegacyClient
) -> None:
    reading, owner = read(contact_row), read_client(client_row)

    assert msgspec.json.decode(msgspec.json.encode(reading), type=ContactReading) == reading
    assert msgspec.json.decode(msgspec.json.encode(owner), type=ClientReading) == owner
