"""Stories of logins: what a sub-account becomes, and when it waits for a person."""

import itertools

import msgspec
import pytest
from altered import changed
from hypothesis import given
from hypothesis import strategies as st
from people import MAPPING, RULES, Story, client, contact, convert_all, sub

from syncd.convert.permissions import flag_reader
from syncd.model.disposition import Disposition
from syncd.model.finding import Severity
from syncd.model.legacy import LegacyContact
from syncd.model.permission import ALL, permissions

OLGA, BOB = client(17, "olga@acme.example"), client(18, "bob@bolt.example", first_name="Bob")
JANE = "jane@dev.example"
ACME, BOLT = f"legacy/17 {JANE}", f"legacy/18 {JANE}"
CREATE_FIRST = changed(RULES, users="create-first")


def holds(story: Story) -> list[str]:
    return [one.code for one in story.findings if one.severity is not Severity.NOTE]


# --- one login ------------------------------------------------------------------------------


def test_a_sub_account_becomes_a_membership_with_its_flags_and_no_more() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, "tickets,quotes")])

    assert story.members == {ACME: ("quotes", "tickets")}
    assert story.findings == []
    assert story.dispositions == {Disposition.LOGIN: 1}


@pytest.mark.parametrize("ticked", ["1", "on", "On", "true", "TRUE", " 1 "])
def test_every_way_of_ticking_makes_a_login(ticked: str) -> None:
    assert convert_all([OLGA], [sub(9, 17, JANE, subaccount=ticked)]).members.keys() == {ACME}


def test_a_login_without_a_password_is_invited_like_any_other() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, password=None)])

    assert story.members == {ACME: ("invoices",)}


def test_an_account_may_have_several_logins() -> None:
    rows = [sub(number, 17, f"p{number}@dev.example") for number in range(1, 6)]

    assert len(convert_all([OLGA], rows).members) == 5


def test_odd_sets_of_flags_survive_as_they_are() -> None:
    assert convert_all([OLGA], [sub(9, 17, JANE, "quotes,emails")]).members == {
        ACME: ("quotes", "emails")
    }


def test_the_address_is_written_normalised() -> None:
    assert convert_all([OLGA], [sub(9, 17, "\u00a0Jane@DEV.example\n")]).members.keys() == {ACME}


def test_every_permission_makes_a_member_with_thirteen_and_never_an_owner() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, ",".join(ALL))])

    assert story.members == {ACME: ALL}
    assert story.accounts["legacy/17"].owner == "olga@acme.example"
    assert "full_rights" in story.codes
    assert holds(story) == []


def test_a_delegate_who_could_make_sub_accounts_is_named() -> None:
    finding = convert_all([OLGA], [sub(9, 17, JANE, "contacts")]).the("delegate_loses_power")

    assert (finding.email, finding.severity) == (JANE, Severity.NOTE)


@pytest.mark.parametrize(
    ("flags", "details"),
    [
        ("managedomains", ["managedomains without domains"]),
        ("manageproducts,productsso",
         ["manageproducts without products", "productsso without products"]),
        ("managedomains,domains,manageproducts,products", []),
    ],
)  # fmt: skip
def test_a_flag_without_its_base_is_reported_and_nothing_is_added(
    flags: str, details: list[str]
) -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, flags)])

    assert set(story.members[ACME]) == set(flags.split(","))
    assert [one.detail for one in story.findings if one.code == "unusable_alone"] == details


@pytest.mark.parametrize("nothing", [None, "", " , ", "[]"])
def test_a_login_without_rights_is_kept_as_a_contact_until_a_person_decides(
    nothing: str | None,
) -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, nothing, invoice_emails="1")])

    assert story.members == {}
    assert story.contacts["legacy/9"].preferences == ("invoice",)
    finding = story.the("login_without_rights")
    assert (finding.scope, finding.severity) == (f"membership:{ACME.replace(' ', ':')}",
                                                 Severity.REVIEW)  # fmt: skip
    assert story.dispositions == {Disposition.HELD: 1}


def test_an_unknown_flag_is_dropped_quoted_and_holds_the_membership() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, "invoices, Manage Billing")])

    assert story.members == {ACME: ("invoices",)}
    finding = story.the("unknown_flag")
    assert (finding.detail, finding.severity) == ("Manage Billing", Severity.REVIEW)
    assert story.dispositions == {Disposition.HELD: 1}


def test_only_unknown_flags_make_no_membership_and_are_not_called_no_rights() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, "managebilling")])

    assert story.members == {}
    assert story.codes == ["unknown_flag"]
    assert story.dispositions == {Disposition.HELD: 1}


def test_an_ignored_flag_releases_every_row_that_has_it() -> None:
    mapping = msgspec.structs.replace(MAPPING, ignored=("managebilling",))
    rules = changed(RULES, read_flags=flag_reader(mapping))

    story = convert_all([OLGA], [sub(9, 17, JANE, "tickets,ManageBilling")], rules)

    assert story.members == {ACME: ("tickets",)}
    assert story.findings == []


def test_an_alias_reads_as_its_flag_and_says_nothing() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, "View &amp; Pay Invoices,orders")])

    assert story.members == {ACME: ("invoices", "orders")}
    assert story.findings == []


def test_nothing_is_read_from_a_broken_serialisation() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, 'a:1:{i:0;s:8:"invoices"')])

    assert story.members == {}
    assert story.codes == ["unreadable_flags"]
    assert story.dispositions == {Disposition.HELD: 1}


@pytest.mark.parametrize(
    "email",
    ["john@", "a b@x.example", "a@x.example;b@x.example", "josé@x.example", "j?ne@x.example"],
)
def test_a_broken_address_of_a_login_holds_the_person(email: str) -> None:
    story = convert_all([OLGA], [sub(9, 17, email)], CREATE_FIRST)

    finding = story.the("login_address_invalid")
    assert (finding.severity, finding.scope) == (Severity.REVIEW, f"user:{email}")
    assert finding.detail.startswith(email)
    assert story.users == {}
    assert story.dispositions == {Disposition.HELD: 1}


def test_an_encoded_address_of_a_login_holds_the_person_with_a_question_of_its_own() -> None:
    story = convert_all([OLGA], [sub(9, 17, "jane&#64;x.example")], CREATE_FIRST)

    assert story.the("address_encoded").detail == "jane&#64;x.example; proposed: jane@x.example"
    assert "login_address_invalid" not in story.codes
    assert story.users == {}
    assert story.dispositions == {Disposition.HELD: 1}


def test_an_overlong_address_of_a_login_holds_the_person_and_the_contact() -> None:
    email = f"{'j' * 65}@dev.example"

    story = convert_all([OLGA], [sub(9, 17, email, "tickets")])

    assert [(one.code, one.scope) for one in story.findings] == [
        ("too_long", "contact:legacy/9"), ("too_long", f"user:{email}"),
    ]  # fmt: skip


def test_a_role_mailbox_is_reported_and_does_not_wait() -> None:
    story = convert_all([OLGA], [sub(9, 17, "billing@dev.example", "quotes")])

    assert story.codes == ["role_mailbox"]
    assert story.dispositions == {Disposition.LOGIN: 1}


# --- twins on one account -------------------------------------------------------------------


def test_twin_logins_with_the_same_flags_become_one_membership() -> None:
    rows = [sub(9, 17, JANE, "tickets,quotes"), sub(10, 17, JANE.upper(), "quotes;tickets")]

    story = convert_all([OLGA], rows)

    assert story.members == {ACME: ("quotes", "tickets")}
    assert story.codes == ["twin_logins_same"]
    assert story.dispositions == {Disposition.LOGIN: 2}


def test_twin_logins_under_two_names_may_be_a_shared_mailbox() -> None:
    kim = sub(10, 17, JANE, "invoices", first_name="Kim", last_name="Roe")

    story = convert_all([OLGA], [sub(9, 17, JANE, "invoices"), kim])

    assert story.members == {ACME: ("invoices",)}
    assert story.the("twin_logins_same").detail == ("invoices; Jane Doe / Kim Roe: shared mailbox?")


def test_overlapping_twins_get_what_both_have_and_wait() -> None:
    rows = [sub(9, 17, JANE, "invoices,tickets"), sub(10, 17, JANE, "tickets,orders")]

    story = convert_all([OLGA], rows)

    assert story.members == {ACME: ("tickets",)}
    finding = story.the("twin_logins_overlap")
    assert (finding.severity, finding.detail) == (
        Severity.REVIEW, "invoices,tickets / tickets,orders",
    )  # fmt: skip
    assert story.dispositions == {Disposition.HELD: 2}


@pytest.mark.parametrize("other", ["orders", "", None, '["invoices"'])
def test_twins_with_nothing_in_common_get_no_membership(other: str | None) -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, "invoices"), sub(10, 17, JANE, other)])

    assert story.members == {}
    assert "twin_logins_disjoint" in holds(story)
    assert story.dispositions == {Disposition.HELD: 2}


def test_three_twins_get_what_all_three_have() -> None:
    flags = ["invoices,tickets,orders", "invoices,tickets", "tickets,orders"]

    for order in itertools.permutations(flags):
        rows = [sub(9 + place, 17, JANE, one) for place, one in enumerate(order)]
        assert convert_all([OLGA], rows).members == {ACME: ("tickets",)}


def test_a_strange_flag_is_quoted_from_the_row_that_has_it() -> None:
    rows = [sub(9, 17, JANE, "invoices"), sub(10, 17, JANE, "invoices,zz"), sub(11, 17, JANE, "[")]

    story = convert_all([OLGA], rows)

    assert story.the("unknown_flag").contact_id == "legacy/10"
    assert story.the("unreadable_flags").contact_id == "legacy/11"


def test_a_twin_whose_mark_is_unclear_holds_the_membership() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE), sub(10, 17, JANE, subaccount="maybe")])

    assert story.the("unclear_subaccount").scope == f"membership:legacy/17:{JANE}"


# --- owners ---------------------------------------------------------------------------------


def test_the_owner_never_gets_a_membership_of_the_own_account() -> None:
    story = convert_all(
        [OLGA], [sub(9, 17, " OLGA@acme.example", first_name="O.", last_name="Owner")]
    )

    assert story.members == {}
    finding = story.the("owner_has_it")
    assert (finding.scope, finding.detail) == ("contact:legacy/9", "")
    assert story.dispositions == {Disposition.OWNER: 1}


def test_the_owner_wins_whatever_the_name_and_a_shared_mailbox_is_suspected() -> None:
    story = convert_all([OLGA], [sub(9, 17, OLGA.email, ",".join(ALL))])

    assert story.members == {}
    assert story.the("owner_has_it").detail == "Jane Doe: shared mailbox?"
    assert holds(story) == []


def test_an_owner_of_two_accounts_wins_on_both() -> None:
    also = client(18, OLGA.email)

    story = convert_all([OLGA, also], [sub(9, 17, OLGA.email), sub(10, 18, OLGA.email)])

    assert story.members == {}
    assert story.dispositions == {Disposition.OWNER: 2}


def test_the_owner_of_another_account_is_invited_under_the_same_name() -> None:
    row = sub(9, 17, BOB.email, "tickets", first_name="B.", last_name="Owner")

    story = convert_all([OLGA, BOB], [row])

    assert story.members == {"legacy/17 bob@bolt.example": ("tickets",)}
    assert story.codes == ["owner_elsewhere"]
    assert story.dispositions == {Disposition.LOGIN: 1}


def test_the_owner_of_another_account_under_another_name_waits() -> None:
    story = convert_all([OLGA, BOB], [sub(9, 17, BOB.email)])

    finding = story.the("owner_elsewhere_other_name")
    assert finding.scope == "membership:legacy/17:bob@bolt.example"
    assert finding.detail == "Jane Doe / Bob Owner (legacy/18)"
    assert story.dispositions == {Disposition.HELD: 1}


def test_one_differing_name_among_several_rows_and_accounts_is_enough_to_wait() -> None:
    bobs = [sub(9, 17, BOB.email, first_name="Bob", last_name="Owner"), sub(10, 17, BOB.email)]
    other = client(19, BOB.email, first_name="Carl", last_name="Other")
    alike = [sub(11, 17, BOB.email, first_name="Bob", last_name="Owner")]

    assert holds(convert_all([OLGA, BOB], bobs)) == ["owner_elsewhere_other_name"]
    assert holds(convert_all([OLGA, BOB, other], alike)) == [
        "owner_elsewhere_other_name", "owner_of_many_names",
    ]  # fmt: skip


def test_a_closed_account_left_out_is_as_if_it_were_not_there() -> None:
    closed = msgspec.structs.replace(BOB, status="Closed")

    story = convert_all([OLGA, closed], [sub(9, 17, BOB.email, "tickets")])

    assert story.codes == ["closed_account"]
    assert story.dispositions == {Disposition.LOGIN: 1}


@pytest.mark.parametrize(
    ("flags", "told"),
    [("invoices", 1), ("invoices,tickets,quotes", 1), ("invoices,orders", 0),
     ("invoices,products", 0), ("invoices,domains", 0), ("tickets", 0)],
)  # fmt: skip
def test_who_pays_and_may_have_to_renew_is_reported_and_given_nothing(
    flags: str, told: int
) -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, flags)])

    assert story.codes == ["renewal_needs_more"] * told
    assert story.members == {ACME: permissions(flags.split(","))}
    assert story.dispositions == {Disposition.LOGIN: 1}


# --- one person, several accounts -----------------------------------------------------------


def test_rights_of_one_person_are_kept_apart_by_account() -> None:
    story = convert_all([OLGA, BOB], [sub(9, 17, JANE, "tickets"), sub(10, 18, JANE, "quotes")])

    assert story.members == {ACME: ("tickets",), BOLT: ("quotes",)}
    assert story.codes == ["many_accounts"]
    assert story.dispositions == {Disposition.LOGIN: 2}


def test_one_address_under_two_names_on_two_accounts_waits_everywhere() -> None:
    rows = [sub(9, 17, JANE), sub(10, 18, JANE, first_name="Kim", last_name="Roe")]

    story = convert_all([OLGA, BOB], rows)

    finding = story.the("many_names")
    assert (finding.scope, finding.severity) == (f"user:{JANE}", Severity.REVIEW)
    assert finding.detail == "Jane Doe / Kim Roe (2 sub-accounts)"
    assert story.dispositions == {Disposition.HELD: 2}


def test_a_name_that_fits_both_of_two_others_does_not_make_them_one() -> None:
    names = [("", ""), ("Jane", "Doe"), ("Kim", "Roe")]
    clients = [client(20 + n, f"o{n}@x.example") for n in range(3)]

    for order in itertools.permutations(names):
        rows = [sub(n, 20 + n, JANE, first_name=a, last_name=b) for n, (a, b) in enumerate(order)]
        assert holds(convert_all(clients, rows)) == ["many_names"]


def test_different_passwords_never_hold_access() -> None:
    kinds = ("bcrypt", "md5", "none", None)
    clients = [client(20 + n, f"o{n}@x.example") for n in range(len(kinds))]
    rows = [sub(n, 20 + n, JANE, password=kind) for n, kind in enumerate(kinds)]

    assert holds(convert_all(clients, rows)) == []


def test_an_agency_may_own_and_serve_hundreds_of_accounts() -> None:
    clients = [client(n, f"o{n}@x.example") for n in range(500)]
    owned = [client(1000 + n, JANE) for n in range(300)]
    rows = [sub(n, n, JANE, first_name="Olga", last_name="Owner") for n in range(500)]

    assert len(convert_all([*clients, *owned], rows).members) == 500


# --- users ----------------------------------------------------------------------------------


def test_an_invited_person_makes_the_own_login() -> None:
    assert convert_all([OLGA], [sub(9, 17, JANE)]).users == {}


def test_where_users_are_made_first_there_is_one_for_all_memberships() -> None:
    rows = [sub(9, 17, JANE), sub(10, 18, JANE, first_name="J.")]

    users = convert_all([OLGA, BOB], rows, CREATE_FIRST).users

    assert [(one.email, one.first_name, one.last_name) for one in users.values()] == [
        (JANE, "Jane", "Doe")
    ]


def test_a_user_without_a_name_gets_one_and_it_is_reported() -> None:
    row = sub(9, 17, JANE, first_name=None, last_name=None, company="Dev Ltd")

    story = convert_all([OLGA], [row], CREATE_FIRST)

    assert (story.users[JANE].first_name, story.users[JANE].last_name) == ("Dev Ltd", "-")
    assert story.the("name_filled_in").scope == f"user:{JANE}"


@pytest.mark.parametrize(
    "row", [contact(9, 17, JANE), sub(9, 17, JANE, ""), sub(9, 17, OLGA.email), sub(9, 17, None)]
)
def test_nobody_becomes_a_user_without_a_membership(row: LegacyContact) -> None:
    assert convert_all([OLGA], [row], CREATE_FIRST).users == {}


# --- of all logins --------------------------------------------------------------------------


def test_all_8192_sets_of_flags_become_just_that_membership() -> None:
    for number in range(1, 1 << len(ALL)):
        keys = tuple(key for bit, key in enumerate(ALL) if number >> bit & 1)
        made = RULES.read_flags(",".join(keys)).permissions
        assert made == keys
    rows = [sub(n, 17, f"p{n}@dev.example", key) for n, key in enumerate(ALL)]
    assert sorted(convert_all([OLGA], rows).members.values()) == sorted((key,) for key in ALL)


@given(
    st.permutations(
        [
            sub(1, 17, JANE, "invoices,tickets"),
            sub(2, 17, JANE.upper(), "tickets,zz", first_name="J."),
            sub(3, 18, JANE, "orders", first_name="Kim"),
            sub(4, 18, OLGA.email, "contacts"),
            sub(5, 17, OLGA.email, "contacts"),
            contact(6, 18, f" {JANE}"),
            sub(7, 18, "info@dev.example", "["),
            sub(8, 18, JANE, subaccount="?"),
        ]
    )
)
def test_shuffled_rows_make_the_same_story(rows: list[LegacyContact]) -> None:
    story = convert_all([OLGA, BOB], rows, CREATE_FIRST)

    assert story.members == {
        ACME: ("tickets",), BOLT: ("orders",), "legacy/18 olga@acme.example": ("contacts",),
    }  # fmt: skip
    assert holds(story) == [
        "many_names", "owner_elsewhere_other_name", "twin_logins_overlap", "unclear_subaccount",
        "unknown_flag", "unreadable_flags",
    ]  # fmt: skip
