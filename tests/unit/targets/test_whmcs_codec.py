"""Replies to resources and back, in every shape the wire is known to have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import NoAnswer, UnexpectedReply
from syncd.model.permission import ALL, NONE, Permissions, permissions
from syncd.model.resources import PREFERENCES, Account, Contact, Membership, Profile, User
from syncd.ports import Observed, Ownership
from syncd.targets.whmcs import codec
from syncd.targets.whmcs.codec import ApiMember

FEW = ("invoices", "tickets")


KNOWN = (*ALL, "unheard-of")  # a later release may have more


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (["tickets", "invoices"], FEW),
        ({"permission": ["tickets", "invoices"]}, FEW),
        ({"permission": "tickets"}, ("tickets",)),
        ({"permission": {"0": "tickets", "1": "invoices"}}, FEW),
        ({"0": "tickets", "1": "invoices"}, FEW),
        ("tickets,invoices", FEW),
        (" Tickets , INVOICES,,tickets", FEW),
        (["tickets,invoices"], FEW),
        ({"tickets": 1, "invoices": "1", "orders": 0, "emails": "", "quotes": False}, FEW),
        ({"tickets": True, "invoices": "on"}, FEW),
        ("", NONE),
        ([], NONE),
        ([""], NONE),
        ({}, NONE),
        ({"permission": []}, NONE),
        ({"permission": ""}, NONE),
        ({"orders": 0}, NONE),
        (["tickets", "unheard-of"], ("tickets", "unheard-of")),
    ],
)
def test_permissions_in_every_shape(body: object, keys: Permissions) -> None:
    assert codec.permission_set({"result": "success", "permissions": body}, KNOWN) == keys


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (["View Tickets"], "view tickets"),
        ("profile,nonsense", "nonsense"),
        ({"permission": ["tickets", "nonsense"]}, "nonsense"),
        ({"nonsense": 1, "tickets": 0}, "nonsense"),
        ('["nonsense"]', "nonsense"),
        ('["tickets"', 'tickets"'),
        ({"0": {"key": "tickets"}}, "a dict"),
    ],
)
def test_a_permission_that_the_target_does_not_list_is_not_taken(body: object, word: str) -> None:
    with pytest.raises(UnexpectedReply) as raised:
        codec.permission_set({"result": "success", "permissions": body}, ALL)

    assert word in raised.value.message


def test_a_text_that_holds_a_list_is_that_list() -> None:
    for body in ('["tickets", "invoices"]', '{"tickets": 1, "invoices": "1", "orders": 0}', "[]"):
        keys = codec.permission_set({"permissions": body}, ALL)
        assert keys == (NONE if body == "[]" else permissions(("tickets", "invoices")))


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"permissions": None},
        {"permissions": 7},
        {"permissions": [7]},
        {"permissions": [{"key": "tickets"}]},
        {"permissions": {"tickets": "perhaps"}},
    ],
)
def test_permissions_that_are_not_shown_are_not_none(reply: dict[str, object]) -> None:
    with pytest.raises(UnexpectedReply):
        codec.permission_set({"result": "success"} | reply, ALL)


@given(st.sets(st.sampled_from(ALL), min_size=1))
def test_permissions_survive_the_wire(keys: set[str]) -> None:
    wanted = permissions(keys)
    csv = codec.permission_param(wanted)
    for body in (
        csv,
        list(wanted),
        {"permission": list(wanted)},
        dict.fromkeys(wanted, 1),
        {str(n): key for n, key in enumerate(wanted)},
    ):
        assert codec.permission_set({"permissions": body}, ALL) == wanted


def test_the_list_of_permissions_keeps_its_order() -> None:
    told = ["orders", "profile", "orders"]

    assert codec.permission_list({"permissions": {"permission": told}}) == ("orders", "profile")
    with pytest.raises(UnexpectedReply):
        codec.permission_list({"status": "success"})


def test_an_account() -> None:
    row = {
        "id": "17",
        "firstname": "Olga",
        "lastname": "M&uuml;ller",
        "companyname": "Raz &amp; Co",
        "email": " Billing@ACME.example ",
        "datecreated": "0000-00-00",
        "groupid": 0,
        "status": "Closed",
    }

    assert codec.account("shop", row) == Account(
        "shop/17",
        owner="",
        email="billing@acme.example",
        status="Closed",
        profile=Profile(first_name="Olga", last_name="Müller", company="Raz & Co"),
    )
    assert codec.row_id("GetClients", row) == "17"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("O&#039;Brien", "O'Brien"),
        ("O&#x27;Brien", "O'Brien"),
        ("&amp;amp;", "&amp;"),
        ("AT&T &reg", "AT&T &reg"),  # without a semicolon it is no entity to PHP
        ("  Jane\u00a0", "Jane"),
        ("Zoe\u0308", "Zo\u00eb"),
        (None, ""),
    ],
)
def test_names_are_decoded_once(stored: str | None, shown: str) -> None:
    assert codec.user({"id": 1, "email": "", "firstname": stored}).first_name == shown


def test_addresses_are_never_decoded() -> None:
    assert codec.user({"id": 1, "email": "A&amp;B@x.example"}).email == "a&amp;b@x.example"
    with pytest.raises(UnexpectedReply):
        codec.user({"id": 1})


@pytest.mark.parametrize("wrap", [lambda links: links, lambda links: {"client": links}])
@pytest.mark.parametrize("field", ["isOwner", "is_owner"])
@pytest.mark.parametrize(("yes", "no"), [(True, False), (1, 0), ("1", ""), ("on", None)])
def test_the_clients_of_a_user(wrap, field, yes, no) -> None:
    clients = wrap([{"id": 3, field: yes}, {"id": "4", field: no}])
    row = {"id": "7", "email": "Jane@Dev.example", "clients": clients}

    found = codec.members_of_user(row)

    assert found == [
        ApiMember("7", "3", "jane@dev.example", owner=True),
        ApiMember("7", "4", "jane@dev.example", owner=False),
    ]
    assert [codec.link("shop", member) for member in found] == [
        Ownership("shop/3", "jane@dev.example"),
        Observed(Membership("shop/4", "jane@dev.example", NONE), "7/4", complete=False),
    ]


@pytest.mark.parametrize("clients", [None, "", [], {}, {"client": ""}])
def test_a_user_without_clients(clients: object) -> None:
    assert codec.members_of_user({"id": 7, "email": "j@dev.example", "clients": clients}) == []


@pytest.mark.parametrize("link", [{"id": 3}, {"id": 3, "isOwner": "perhaps"}, {"isOwner": True}])
def test_whose_account_it_is_is_never_guessed(link: dict[str, object]) -> None:
    with pytest.raises(UnexpectedReply):
        codec.members_of_user({"id": 7, "email": "j@dev.example", "clients": [link]})


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_members_of_a_client(*, mirrored: bool) -> None:
    users = {
        "users": {
            "user": [{"id": 5, "name": "Olga Von Owner", "email": "O@x.example", "is_owner": True}]
        }
    }
    reply = users | {"client": {"id": 3}} if mirrored else {"client": users}

    found = codec.members_of_client("3", reply)

    assert found == [ApiMember("5", "3", "o@x.example", owner=True, name="Olga Von Owner")]
    assert codec.user_of(found[0]) == User("o@x.example", "Olga", "Von Owner")


def test_a_client_without_users_is_not_an_account_without_owner() -> None:
    with pytest.raises(UnexpectedReply):
        codec.members_of_client("3", {"client": {"id": 3}})


CONTACT = {
    "id": 9,
    "userid": "3",
    "firstname": "Carl",
    "lastname": "",
    "email": "carl@acme.example",
    "address1": "1 Main Street",
    "created_at": "0000-00-00 00:00:00",
}


@pytest.mark.parametrize(
    "preferences",
    [
        {"generalemails": True, "invoiceemails": True, "domainemails": False},
        {"generalemails": 1, "invoiceemails": "1", "domainemails": "0", "supportemails": ""},
        {"generalemails": "on", "invoiceemails": "on"},
        {"email_preferences": {"general": "1", "invoice": True, "domain": "0"}},
    ],
)
def test_a_contact(preferences: dict[str, object]) -> None:
    assert codec.contact("shop", CONTACT | preferences) == Contact(
        account="shop/3",
        contact_id="shop/9",
        email="carl@acme.example",
        preferences=("general", "invoice"),
        profile=Profile(first_name="Carl", address1="1 Main Street"),
    )


def test_a_contact_whose_preferences_are_an_empty_list_gets_no_mail() -> None:
    """As PHP writes a map that holds nothing."""
    assert codec.contact("shop", CONTACT | {"email_preferences": []}).preferences == ()


@pytest.mark.parametrize("preferences", [{}, {"generalemails": "perhaps"}])
def test_who_gets_which_mail_is_never_guessed(preferences: dict[str, object]) -> None:
    with pytest.raises(UnexpectedReply):
        codec.contact("shop", CONTACT | preferences)


@given(st.sets(st.sampled_from(PREFERENCES)))
def test_preferences_survive_the_wire(chosen: set[str]) -> None:
    preferences = tuple(key for key in PREFERENCES if key in chosen)
    params = codec.contact_params(Contact("legacy/3", "legacy/9", "c@acme.example", preferences))

    flags = {key: params[f"email_preferences[{key}]"] for key in PREFERENCES}
    read = codec.contact("shop", CONTACT | {"email_preferences": flags})
    assert read.preferences == preferences


def test_names_go_out_as_they_are() -> None:
    profile = Profile(first_name="Dora & Co", last_name="D'Oré", city="Köln")
    contact = Contact("legacy/3", "legacy/9", "d@acme.example", ("domain",), profile)

    params = codec.contact_params(contact)

    assert (params["firstname"], params["lastname"]) == ("Dora & Co", "D'Oré")
    assert not {"subaccount", "password2", "permissions"} & params.keys()
    assert "city" not in codec.contact_changes(contact)


def test_a_user_goes_out_with_names_and_a_language_only_where_known() -> None:
    assert codec.user_params(User("j@dev.example", "Jane"), "throw-away", "-") == {
        "firstname": "Jane",
        "lastname": "-",
        "email": "j@dev.example",
        "password2": "throw-away",
    }
    assert codec.user_params(User("j@dev.example", language="german"), "", "-")["language"] == (
        "german"
    )


def test_an_account_goes_out_with_an_address() -> None:
    account = Account("legacy/17", "olga@acme.example")

    assert codec.account_params(account)["email"] == "olga@acme.example"


def test_what_was_made_without_an_id_may_have_been_made() -> None:
    assert codec.made("AddUser", {"user_id": "7"}, "user_id") == "7"
    with pytest.raises(NoAnswer):
        codec.made("AddUser", {"result": "success"}, "user_id")


def test_the_version() -> None:
    assert codec.version("WhmcsDetails", {"whmcs": {"version": "8.13.1"}}) == "8.13.1"
    for whmcs in (None, {}, {"version": "latest"}):
        with pytest.raises(UnexpectedReply):
            codec.version("WhmcsDetails", {"whmcs": whmcs})
