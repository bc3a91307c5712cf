"""Stories of accounts and contacts, told as the rules and the cases tell them."""

import itertools
import re
from pathlib import Path

import msgspec
import pytest
from altered import changed
from hypothesis import given
from hypothesis import strategies as st
from people import RULES, client, contact, convert_all, sub

import syncd
from syncd.convert.rows import Rules
from syncd.model.disposition import Disposition
from syncd.model.finding import CATALOGUE, Severity
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.resources import PREFERENCES, Preference, Profile

OLGA = client(17, "olga@acme.example", company="Acme Ltd")
JANE = "jane@dev.example"


def with_policy(**policy: str) -> Rules:
    return changed(RULES, **policy)


# --- accounts -------------------------------------------------------------------------------


def test_a_client_becomes_an_account_owned_by_its_own_address() -> None:
    story = convert_all([OLGA], [])

    account = story.accounts["legacy/17"]
    assert (account.owner, account.email, account.status) == (
        "olga@acme.example", "olga@acme.example", "Active",
    )  # fmt: skip
    assert account.name == "Acme Ltd"
    assert list(story.resources) == [account]
    assert story.findings == []


def test_an_account_without_a_company_is_named_after_its_person() -> None:
    assert convert_all([client(17, "olga@acme.example")], []).accounts["legacy/17"].name == (
        "Olga Owner"
    )


def test_an_account_carries_profile_language_and_billing_contact_as_people_see_them() -> None:
    row = client(
        17, "olga@acme.example", company="M&uuml;ller &amp; S&ouml;hne", address1=" Am Markt 1 ",
        tax_id="DE1", phone="+49 1", language="German", billing_contact="9", status=" Inactive ",
    )  # fmt: skip

    account = convert_all([row], [contact(9, 17, JANE)]).accounts["legacy/17"]

    assert account.profile == Profile(
        "Olga", "Owner", "Müller & Söhne", address1="Am Markt 1", tax_id="DE1", phone="+49 1"
    )
    assert (account.language, account.billing_contact, account.status) == (
        "german", "legacy/9", "Inactive",
    )  # fmt: skip


@pytest.mark.parametrize("nobody", [None, "", "0", " 0 "])
def test_an_account_without_a_billing_contact_has_none(nobody: str | None) -> None:
    row = client(17, "olga@acme.example", billing_contact=nobody)

    assert convert_all([row], []).accounts["legacy/17"].billing_contact == ""


@pytest.mark.parametrize(
    ("fields", "first", "last"),
    [
        ({"last_name": None}, "Olga", "-"),
        ({"first_name": ""}, "Owner", "-"),
        ({"first_name": "", "last_name": " ", "company": "Acme"}, "Acme", "-"),
        ({"first_name": None, "last_name": None}, "olga", "-"),
    ],
)
def test_a_name_the_target_needs_is_filled_in_and_reported(
    fields: dict[str, str | None], first: str, last: str
) -> None:
    story = convert_all([client(17, "olga@acme.example", **fields)], [])

    profile = story.accounts["legacy/17"].profile
    assert (profile.first_name, profile.last_name) == (first, last)
    assert story.the("name_filled_in").scope == "account:legacy/17"


@pytest.mark.parametrize("email", [None, "", "olga", "olga@", "o;b@acme.example", "olga@acme"])
def test_an_account_without_a_usable_address_has_no_owner_and_is_blocked(email: str | None) -> None:
    finding = convert_all([client(17, email)], []).the("owner_missing")

    assert finding.severity is Severity.BLOCK
    assert (finding.scope, finding.detail) == ("account:legacy/17", email or "")


def test_two_accounts_of_one_person_stay_two() -> None:
    story = convert_all([OLGA, client(18, " OLGA@acme.example ", first_name="O.")], [])

    assert {ref: one.owner for ref, one in story.accounts.items()} == {
        "legacy/17": "olga@acme.example", "legacy/18": "olga@acme.example",
    }  # fmt: skip
    assert story.codes == ["owner_of_many"]
    assert story.the("owner_of_many").scope == "account:legacy/18"


def test_accounts_of_one_address_under_two_names_hold_the_one_that_came_later() -> None:
    story = convert_all([OLGA, client(18, OLGA.email, first_name="Bob", last_name="Ray")], [])

    finding = story.the("owner_of_many_names")
    assert finding.severity is Severity.REVIEW
    assert finding.scope == "account:legacy/18"
    assert finding.detail == "Olga Owner (legacy/17) / Bob Ray (legacy/18)"


def test_a_blank_name_between_two_does_not_make_them_one_person() -> None:
    nameless = client(16, OLGA.email, first_name="", last_name="")
    bob = client(18, OLGA.email, first_name="Bob", last_name="Ray")

    story = convert_all([nameless, OLGA, bob], [])

    assert story.the("owner_of_many").scope == "account:legacy/17"
    assert story.the("owner_of_many_names").scope == "account:legacy/18"


def test_brands_with_the_same_numbers_do_not_meet() -> None:
    clients = [client(17, "a@x.example", source="red"), client(17, "b@x.example", source="blue")]
    contacts = [sub(9, 17, JANE, source="red"), sub(9, 17, JANE, "tickets", source="blue")]

    story = convert_all(clients, contacts)

    assert sorted(story.accounts) == ["blue/17", "red/17"]
    assert sorted(story.contacts) == ["blue/9", "red/9"]
    assert story.members == {f"red/17 {JANE}": ("invoices",), f"blue/17 {JANE}": ("tickets",)}


# --- closed and erased ----------------------------------------------------------------------


def test_a_closed_account_is_left_out_with_all_its_people() -> None:
    closed = msgspec.structs.replace(OLGA, status="Closed")

    story = convert_all([closed], [sub(9, 17, JANE), contact(10, 17, JANE)])

    assert story.resources == []
    assert story.codes == ["closed_account"]
    assert story.dispositions == {Disposition.EXCLUDED: 2}


def test_a_closed_account_is_carried_over_with_its_owner_alone_where_the_policy_says_owner() -> (
    None
):
    closed = msgspec.structs.replace(OLGA, status="closed ")

    story = convert_all([closed], [sub(9, 17, JANE)], with_policy(closed="owner"))

    assert [one.key for one in story.resources] == ["account:legacy/17"]
    assert story.dispositions == {Disposition.EXCLUDED: 1}


def test_a_closed_account_is_carried_over_whole_where_the_policy_says_all() -> None:
    closed = msgspec.structs.replace(OLGA, status="Closed")

    story = convert_all([closed], [sub(9, 17, JANE)], with_policy(closed="all"))

    assert story.members == {f"legacy/17 {JANE}": ("invoices",)}
    assert story.dispositions == {Disposition.LOGIN: 1}


def test_an_erased_person_is_counted_and_nothing_is_made_of_the_row() -> None:
    rows = [sub(9, 17, "deleted-9@anonymized.invalid"),
            contact(10, 17, None, first_name="Deleted", last_name="Account")]  # fmt: skip

    story = convert_all([OLGA], rows)

    assert [one.key for one in story.resources] == ["account:legacy/17"]
    assert story.codes == ["erased_person", "erased_person"]
    assert story.dispositions == {Disposition.EXCLUDED: 2}


def test_an_erased_client_takes_its_contacts_along_and_is_reported_once() -> None:
    erased = client(17, "deleted-17@anonymized.invalid")

    story = convert_all([erased], [sub(9, 17, JANE)], with_policy(closed="all"))

    assert story.resources == []
    assert story.the("erased_person").scope == "account:legacy/17"
    assert story.dispositions == {Disposition.EXCLUDED: 1}


def test_an_orphan_contact_is_blocked_and_never_attached_by_address() -> None:
    story = convert_all([OLGA], [sub(9, 99, OLGA.email), contact(10, 0, JANE)])

    assert [one.key for one in story.resources] == ["account:legacy/17"]
    assert [(one.code, one.scope) for one in story.findings] == [
        ("orphan_contact", "contact:legacy/10"), ("orphan_contact", "contact:legacy/9"),
    ]  # fmt: skip
    assert story.dispositions == {Disposition.BLOCKED: 2}


# --- contacts -------------------------------------------------------------------------------


def test_a_plain_contact_stays_a_contact_and_never_logs_in() -> None:
    story = convert_all([OLGA], [contact(9, 17, JANE, invoice_emails="1")])

    assert story.contacts["legacy/9"].preferences == ("invoice",)
    assert story.members == {}
    assert story.users == {}
    assert story.dispositions == {Disposition.KEPT: 1}
    assert story.findings == []


def test_a_sub_account_keeps_a_contact_for_its_mail() -> None:
    row = sub(9, 17, JANE, general_emails="on", support_emails="1", address1="Main St 1")

    kept = convert_all([OLGA], [row]).contacts["legacy/9"]

    assert (kept.account, kept.email, kept.preferences) == (
        "legacy/17",
        JANE,
        ("general", "support"),
    )
    assert kept.profile == Profile("Jane", "Doe", address1="Main St 1")


@pytest.mark.parametrize("number", range(64))
def test_the_six_mail_preferences_are_kept_in_every_combination(number: int) -> None:
    on = tuple(name for bit, name in enumerate(PREFERENCES) if number >> bit & 1)
    off = itertools.cycle(["0", "", None, "off"])
    columns = {f"{name}_emails": "1" if name in on else next(off) for name in PREFERENCES}

    for row in (contact(9, 17, JANE, **columns), sub(9, 17, JANE, **columns)):
        story = convert_all([OLGA], [row])

        assert story.contacts["legacy/9"].preferences == on
        assert "unclear_preference" not in story.codes


def test_a_column_an_old_schema_lacks_reads_as_off() -> None:
    row = contact(9, 17, JANE, general_emails="1", affiliate_emails=None)

    assert convert_all([OLGA], [row]).contacts["legacy/9"].preferences == ("general",)


@pytest.mark.parametrize("name", PREFERENCES)
def test_a_preference_nobody_understands_holds_the_contact(name: Preference) -> None:
    finding = convert_all([OLGA], [contact(9, 17, JANE, **{f"{name}_emails": "2"})]).the(
        "unclear_preference"
    )

    assert (finding.severity, finding.scope) == (Severity.REVIEW, "contact:legacy/9")
    assert finding.detail == f"{name}='2'"


def test_plain_twins_of_one_account_stay_two_contacts() -> None:
    rows = [contact(9, 17, JANE, invoice_emails="1"), contact(10, 17, JANE.upper())]

    story = convert_all([OLGA], rows)

    assert sorted(story.contacts) == ["legacy/10", "legacy/9"]
    assert story.findings == []


def test_a_plain_twin_of_a_sub_account_gives_no_rights() -> None:
    twin = contact(10, 17, f" {JANE.title()}\t", permissions="orders")

    story = convert_all([OLGA], [sub(9, 17, JANE), twin])

    assert story.members == {f"legacy/17 {JANE}": ("invoices",)}
    assert story.the("plain_twin").contact_id == "legacy/10"
    assert story.dispositions == {Disposition.LOGIN: 1, Disposition.KEPT: 1}


def test_a_plain_contact_whose_address_logs_in_elsewhere_gains_nothing() -> None:
    bob = client(18, "bob@bolt.example")

    story = convert_all([OLGA, bob], [sub(9, 17, JANE), contact(10, 18, JANE)])

    assert story.members == {f"legacy/17 {JANE}": ("invoices",)}
    finding = story.the("login_elsewhere")
    assert (finding.scope, finding.severity, finding.detail) == (
        "contact:legacy/10", Severity.NOTE, "",
    )  # fmt: skip


def test_an_owner_who_is_a_plain_contact_of_another_account_is_reported_once() -> None:
    bob = client(18, "bob@bolt.example")

    story = convert_all([OLGA, bob], [contact(10, 18, OLGA.email)])

    assert story.codes == ["login_elsewhere"]
    assert story.members == {}


def test_the_owners_own_contact_is_called_that() -> None:
    finding = convert_all([OLGA], [contact(10, 17, OLGA.email)]).the("login_elsewhere")

    assert finding.detail == "the owner's own contact"


def test_contacts_without_an_address_are_kept_and_never_meet() -> None:
    story = convert_all([client(9, None)], [contact(9, 9, None), contact(10, 9, " \u200b")])

    assert story.codes == ["contact_without_email", "contact_without_email", "owner_missing"]
    assert sorted(story.contacts) == ["legacy/10", "legacy/9"]
    assert story.dispositions == {Disposition.KEPT: 2}


@pytest.mark.parametrize(
    "email", ["john@", "a b@x.example", "a@x.example;b@x.example", "josé@x.example"]
)
def test_a_broken_address_of_a_plain_contact_is_reported_and_left_as_it_is(email: str) -> None:
    story = convert_all([OLGA], [contact(9, 17, email)])

    assert story.the("contact_address_invalid").severity is Severity.NOTE
    assert story.contacts["legacy/9"].email == email
    assert story.dispositions == {Disposition.KEPT: 1}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", f"{'j' * 65}@dev.example"),
        ("email", f"jane@{'d' * 250}.example"),
        ("first_name", "J" * 256),
        ("last_name", "D" * 256),
        ("company", "A" * 256),
    ],
)
def test_what_the_target_would_cut_holds_the_contact(field: str, value: str) -> None:
    story = convert_all([OLGA], [contact(9, 17, **{"email": JANE, field: value})])

    assert story.codes == ["too_long"]
    assert story.the("too_long").scope == "contact:legacy/9"


@pytest.mark.parametrize("field", ["first_name", "last_name", "company"])
@pytest.mark.parametrize("value", ["Ja\x00ne", "Jane\nBcc: x@evil.example", "Jane&#13;&#10;Doe"])
def test_control_characters_in_a_name_hold_what_it_would_be_written_to(
    field: str, value: str
) -> None:
    client_row = client(17, "olga@acme.example", **{field: value})

    story = convert_all([client_row], [contact(9, 17, JANE, **{field: value})])

    assert [(one.code, one.scope) for one in story.findings] == [
        ("control_characters", "account:legacy/17"), ("control_characters", "contact:legacy/9"),
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "=HYPERLINK(A1)", "+49 1", "@me"])
def test_text_that_is_only_dangerous_to_readers_is_carried_as_it_is(value: str) -> None:
    story = convert_all([OLGA], [contact(9, 17, JANE, first_name=value)])

    assert story.contacts["legacy/9"].profile.first_name == value
    assert story.findings == []


# --- what is no login -----------------------------------------------------------------------


@pytest.mark.parametrize("left", [{"permissions": "invoices"}, {"password": "bcrypt"}])
@pytest.mark.parametrize("off", ["0", "", None, "off", "false", "FALSE", " 0 "])
def test_an_unticked_sub_account_stays_a_contact_whatever_is_left_of_it(
    left: dict[str, str], off: str | None
) -> None:
    story = convert_all([OLGA], [contact(9, 17, JANE, subaccount=off, **left)])

    assert story.members == {}
    assert story.codes == ["dormant_login_data"]
    assert story.dispositions == {Disposition.KEPT: 1}


def test_a_sub_account_without_an_address_cannot_log_in() -> None:
    story = convert_all([OLGA], [sub(9, 17, None, general_emails="1")])

    finding = story.the("login_without_email")
    assert (finding.severity, finding.contact_id) == (Severity.BLOCK, "legacy/9")
    assert story.members == {}
    assert story.contacts["legacy/9"].preferences == ("general",)
    assert story.dispositions == {Disposition.HELD: 1}


@pytest.mark.parametrize("odd", ["2", "maybe", "-1", "11", "ja"])
def test_an_unknown_mark_is_no_login_and_waits_for_a_person(odd: str) -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, "orders", subaccount=odd)])

    finding = story.the("unclear_subaccount")
    assert story.codes == ["unclear_subaccount"]
    assert (finding.severity, finding.scope) == (Severity.REVIEW, f"membership:legacy/17:{JANE}")
    assert story.members == {}
    assert sorted(story.contacts) == ["legacy/9"]
    assert story.dispositions == {Disposition.HELD: 1}


# --- of all stories -------------------------------------------------------------------------

ADDRESSES = st.sampled_from(
    [JANE, " JANE@dev.example", "olga@acme.example", "bob@bolt.example", "info@dev.example",
     "john@", "", None, "deleted-1@anonymized.invalid", f"{'j' * 65}@dev.example"]
)  # fmt: skip
CLIENTS = st.lists(
    st.builds(
        client,
        st.integers(16, 20),
        ADDRESSES,
        first_name=st.sampled_from(["Olga", "Bob", "", "O\n"]),
        status=st.sampled_from(["Active", "Inactive", "Closed", None]),
    ),
    max_size=4,
    unique_by=lambda row: row.client_id,
)
CONTACTS = st.lists(
    st.builds(
        contact,
        st.integers(1, 99),
        st.integers(16, 21),
        ADDRESSES,
        first_name=st.sampled_from(["Jane", "J.", "Bob", None]),
        subaccount=st.sampled_from(["1", "on", "0", None, "2"]),
        permissions=st.sampled_from(["invoices", "invoices,tickets", "", "zz", "[", None]),
        invoice_emails=st.sampled_from(["1", "0", "?"]),
    ),
    max_size=6,
    unique_by=lambda row: row.contact_id,
)


@given(CLIENTS, CONTACTS, st.sampled_from(["skip", "owner", "all"]))
def test_whatever_the_rows_every_contact_is_accounted_for_and_kept_unless_left_out(
    clients: list[LegacyClient], contacts: list[LegacyContact], closed: str
) -> None:
    story = convert_all(clients, contacts, with_policy(closed=closed))

    gone = story.dispositions[Disposition.BLOCKED] + story.dispositions[Disposition.EXCLUDED]
    assert len(story.contacts) == len(contacts) - gone
    assert len({one.key for one in story.resources}) == len(story.resources)
    assert len(set(story.findings)) == len(story.findings)


def test_codes_used_and_codes_of_the_catalogue_are_the_same() -> None:
    text = "".join(
        path.read_text()
        for part in ("convert/*.py", "match/*.py", "decide/*.py", "model/*.py", "pipeline.py")
        for path in Path(syncd.__file__).parent.glob(part)
    )
    used = {code for code in CATALOGUE if re.search(rf"[\"']{code}[\"']", text)}
    named = set(re.findall(r'Finding\(\s*"(\w+)"', text)) | set(re.findall(r'code = "(\w+)"', text))

    assert named <= set(CATALOGUE)
    assert set(CATALOGUE) == used
