"""The reader's probe and the writer where a target misbehaves in ways the sandbox does not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import responses
import stamina

from syncd.errors import (
    AddressRefused,
    Conflict,
    NoAnswer,
    NotConfirmed,
    OwnerProtected,
    Unbound,
    UnexpectedReply,
)
from syncd.model.change import Change, Reason, Verb
from syncd.model.connection import ApiConnection
from syncd.model.permission import ALL, NONE
from syncd.model.resources import (
    PREFERENCES,
    Account,
    AccountRef,
    Contact,
    Membership,
    Profile,
    Resource,
    Terms,
    User,
)
from syncd.ports import Observed, Receipt, TargetTerms
from syncd.targets.whmcs.client import WhmcsClient
from syncd.targets.whmcs.reader import Probe, WhmcsReader
from syncd.targets.whmcs.writer import WhmcsWriter
from syncd.wire.client import ReadingClient

OK = {"result": "success"}
EMPTY = OK | {"totalresults": 0}
JANE = "jane@dev.example"
OLGA = {"id": 5, "email": "olga@acme.example", "is_owner": True}


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


class Shop:
    """Answers each action as told: a reply, a sentence of refusal, a status, or by a function."""

    def __init__(self, http: responses.RequestsMock) -> None:
        self.answers: dict[str, Any] = {}
        self.permissions = OK | {"permissions": {"permission": list(ALL)}}
        self.asked: list[tuple[str, dict[str, str]]] = []
        http.add_callback(responses.POST, "https://shop.example/includes/api.php", self._answer)
        connection = ApiConnection(url="https://shop.example", identifier="us", secret="secret")  # noqa: S106
        self.bindings = Bindings({"account:legacy/17": "3"})
        self.reader = WhmcsReader("shop", ReadingClient("shop", connection))
        self.writer = WhmcsWriter(
            "shop",
            WhmcsClient("shop", connection, lambda: None),
            self.bindings,
            new_password=lambda: "throw-away",
            now=lambda: datetime(2026, 3, 1, tzinfo=UTC),
            placeholder="-",
        )

    def perform(
        self, verb: Verb, before: Resource | None = None, after: Resource | None = None
    ) -> Receipt:
        return self.writer.perform(Change(verb, Reason.NEW, before, after))

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        form = {key: values[0] for key, values in parse_qs(str(request.body)).items()}
        action = form.pop("action")
        self.asked.append((action, form))
        known = {"GetPermissionsList": self.permissions} | self.answers
        answer = known.get(action, "The requested API Action could not be found.")
        if callable(answer):
            answer = answer(form)
        if isinstance(answer, int):
            return answer, {}, "<html>"
        error = {"result": "error", "message": answer}
        return 200, {}, json.dumps(error if isinstance(answer, str) else answer)


class Bindings(dict[str, str]):
    def resolve(self, key: str) -> str | None:
        return self.get(key)

    def owner(self, account: str) -> str | None:
        return self.get(f"owner of {account}")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with responses.RequestsMock() as http:
        yield Shop(http)


def members(*users: dict[str, Any]) -> dict[str, Any]:
    return OK | {"client": {"users": {"user": list(users)}}}


# --- the probe ------------------------------------------------------------------------------


def test_a_whmcs_without_users_is_recognised(shop: Shop) -> None:
    shop.answers = {"GetAdminDetails": OK | {"whmcs": {"version": "7.10.2"}}}

    assert shop.reader.probe() == [
        Probe("GetAdminDetails", ok=False, sentence="WHMCS 7.10.2: users exist only since 8.0")
    ]


def test_the_probe_stops_where_nobody_is_let_in(shop: Shop) -> None:
    shop.answers = {"WhmcsDetails": "Invalid IP 192.0.2.7"}

    (probe,) = shop.reader.probe()
    assert (probe.action, probe.ok) == ("WhmcsDetails", False)
    assert probe.sentence == "Invalid IP 192.0.2.7"
    assert isinstance(probe.error, AddressRefused)


# --- permissions that are not told ----------------------------------------------------------


@pytest.mark.parametrize("told", [{}, {"permissions": ""}, {"permissions": ["tickets"]}])
def test_a_silent_reply_means_none_only_where_the_owner_has_some(
    shop: Shop, told: dict[str, Any]
) -> None:
    """Some lists come without their container when empty; one target might never tell at all."""
    shop.answers = {
        "GetClientsDetails": members(OLGA),
        "GetUserPermissions": lambda form: OK | (told if form["user_id"] == "5" else {}),
    }
    jane = Observed(Membership("shop/3", JANE, NONE), "7/3", complete=False)

    if told.get("permissions"):
        assert list(shop.reader.inspect([jane])) == [Observed(jane.resource, "7/3")]
    else:
        with pytest.raises(UnexpectedReply, match="cannot be known"):
            list(shop.reader.inspect([jane]))


def test_words_that_the_target_does_not_list_are_no_permissions(shop: Shop) -> None:
    """Labels, say: taken, everybody would seem to have drifted."""
    shop.answers = {"GetUserPermissions": OK | {"permissions": ["View Tickets"]}}
    jane = Observed(Membership("shop/3", JANE, NONE), "7/3", complete=False)

    with pytest.raises(UnexpectedReply, match="does not name: 'view tickets'"):
        list(shop.reader.inspect([jane]))


def test_the_probe_says_what_it_could_not_try(shop: Shop) -> None:
    nobody: dict[str, Any] = {
        "WhmcsDetails": OK | {"whmcs": {"version": "8.13.1"}},
        "GetClients": EMPTY,
        "GetUsers": EMPTY,
        "GetContacts": EMPTY,
        "GetClientsDetails": "Client Not Found",
        "GetUserPermissions": "Invalid user id",
    }
    owner = {"id": 5, "email": "olga@acme.example", "clients": [{"id": 3, "isOwner": True}]}
    jane = {"id": 7, "email": JANE, "clients": [{"id": 3, "isOwner": False}]}
    asked = OK | {"permissions": ["tickets"]}
    for users, sentence in [
        ([], "nobody has an account yet"),
        ([owner], "tried on an owner alone"),
        ([owner, jane], ""),
    ]:
        listed = {"GetUsers": OK | {"totalresults": len(users), "users": users}}
        shop.answers = nobody | listed | ({"GetUserPermissions": asked} if users else {})

        probes = {probe.action: probe for probe in shop.reader.probe()}

        assert all(probe.ok for probe in probes.values())
        assert probes["GetUserPermissions"].sentence.startswith(sentence)
        assert bool(probes["GetUserPermissions"].sentence) == bool(sentence)
    tried = [form["user_id"] for action, form in shop.asked if action == "GetUserPermissions"]
    assert tried[1:] == ["5", "7"], "one who is no owner where there is one"


def test_where_users_cannot_be_listed_nobody_is_said_to_be_missing(shop: Shop) -> None:
    shop.answers = {
        "WhmcsDetails": OK | {"whmcs": {"version": "8.13.1"}},
        "GetUsers": 'Invalid Permissions: API action "getusers" is not allowed',
        "GetUserPermissions": "Invalid user id",
    }

    probes = {probe.action: probe for probe in shop.reader.probe()}

    sentence = probes["GetUserPermissions"].sentence
    assert sentence == "tried on nobody, since the users could not be listed"


def test_the_probe_finds_what_a_plan_would_stumble_over(shop: Shop) -> None:
    jane = {"id": 7, "email": JANE, "clients": [{"id": 3, "isOwner": False}]}
    contact = {"id": 9, "userid": 3, "email": JANE}
    shop.answers = {
        "WhmcsDetails": OK | {"whmcs": {"version": "8.13.1"}},
        "GetClients": EMPTY,
        "GetUsers": OK | {"totalresults": 1, "users": [jane]},
        "GetContacts": OK | {"totalresults": 1, "contacts": {"contact": [contact]}},
        "GetClientsDetails": members(OLGA),
        "GetUserPermissions": OK | {"permissions": "View Tickets"},
    }

    failed = {probe.action for probe in shop.reader.probe() if not probe.ok}

    assert failed == {"GetUserPermissions", "GetContacts"}


# --- the writer -----------------------------------------------------------------------------


def test_a_contact_that_cannot_be_read_back_is_there_all_the_same(shop: Shop) -> None:
    shop.answers = {"AddContact": OK | {"contactid": "9"}, "GetContacts": 500}
    contact = Contact("legacy/17", "legacy/99", "carl@acme.example", ("domain",))

    receipt = shop.perform(Verb.ADD, after=contact)

    assert (receipt.target_id, receipt.confirmed) == ("9", False)
    assert "not read back" in receipt.note


def test_a_contact_that_reads_otherwise_is_not_confirmed(shop: Shop) -> None:
    row = {"id": 9, "userid": 3, "email": "carl@acme.example", "domainemails": False}
    shop.answers = {
        "AddContact": OK | {"contactid": "9"},
        "GetContacts": OK | {"totalresults": 1, "contacts": {"contact": [row]}},
    }

    contact = Contact("legacy/17", "legacy/99", "carl@acme.example", ("domain",))
    with pytest.raises(NotConfirmed):
        shop.perform(Verb.ADD, after=contact)


def test_an_account_that_went_to_another_owner_is_not_confirmed(shop: Shop) -> None:
    shop.answers = {
        "GetClients": EMPTY,
        "GetUsers": EMPTY,
        "AddClient": OK | {"clientid": "3"},
        "GetClientsDetails": members(OLGA | {"email": "somebody@else.example"}),
    }

    with pytest.raises(NotConfirmed):
        shop.perform(Verb.ADD, after=Account("legacy/17", "olga@acme.example"))


def test_an_account_is_made_quietly(shop: Shop) -> None:
    shop.answers = {
        "GetClients": EMPTY,
        "GetUsers": EMPTY,
        "AddClient": OK | {"clientid": "3"},
        "GetClientsDetails": members(OLGA),
    }

    assert shop.perform(Verb.ADD, after=Account("legacy/17", "olga@acme.example")).confirmed

    form = dict(shop.asked)["AddClient"]
    assert (form["noemail"], form["skipvalidation"], form["password2"]) == ("1", "1", "throw-away")


def billed(**shown: object) -> dict[str, Any]:
    """Answers under which an account is made, and then read as `shown`."""
    client = {"users": {"user": [OLGA]}, **shown}
    currencies = [{"id": 1, "code": "USD"}, *[{"id": 4, "code": "EUR"}] * 2]
    groups = [{"id": 8, "groupname": "Gold &amp; Co"}, {"id": 9, "groupname": "Twin"},
              {"id": 10, "groupname": "Twin"}]  # fmt: skip
    return {
        "GetClients": EMPTY,
        "GetUsers": EMPTY,
        "GetCurrencies": OK | {"totalresults": 2, "currencies": {"currency": currencies}},
        "GetClientGroups": OK | {"totalresults": 3, "groups": {"group": groups}},
        "AddClient": OK | {"clientid": "3"},
        "GetClientsDetails": OK | {"client": client},
    }


def acme(*terms: Any, **more: Any) -> Account:
    return Account(AccountRef("legacy/17"), "olga@acme.example", terms=Terms(*terms, **more))


@pytest.mark.parametrize(
    ("terms", "sent"),
    [
        ((), {}),
        (("EUR",), {"currency": "4"}),
        (("EUR", "Gold & Co", True), {"currency": "4", "groupid": "8", "marketingoptin": "1"}),
        (("USD", "Silver", False), {"currency": "1", "marketingoptin": "0"}),
        (("USD", "Twin"), {"currency": "1"}),  # which of the two is not known
    ],
)
def test_an_account_is_made_with_the_ids_that_the_target_has(
    terms: tuple[Any, ...], sent: dict[str, str], shop: Shop
) -> None:
    shown = {"currency": "4" if "EUR" in terms else 1, "groupid": 8,
             "marketing_emails_opt_in": "on" if True in terms else ""}  # fmt: skip
    shop.answers = billed(**shown)

    assert shop.perform(Verb.ADD, after=acme(*terms)).confirmed

    form = dict(shop.asked)["AddClient"]
    assert {
        name: form[name] for name in form.keys() & {"currency", "groupid", "marketingoptin"}
    } == sent


@pytest.mark.parametrize(
    "shown", [{"currency": 1}, {"currency": 4, "marketing_emails_opt_in": False}]
)
def test_an_account_that_is_billed_otherwise_is_not_confirmed(
    shown: dict[str, object], shop: Shop
) -> None:
    shop.answers = billed(**shown)

    with pytest.raises(NotConfirmed):
        shop.perform(Verb.ADD, after=acme("EUR", marketing=True))


def test_a_currency_that_went_meanwhile_makes_no_account(shop: Shop) -> None:
    shop.answers = billed()

    with pytest.raises(Conflict):
        shop.perform(Verb.ADD, after=acme("GBP"))

    assert "AddClient" not in dict(shop.asked)


def test_a_role_without_the_currencies_shows_none(shop: Shop) -> None:
    refusal = 'Invalid Permissions: API action "getcurrencies" is not allowed'
    shop.answers = billed() | {"GetCurrencies": refusal}

    assert shop.reader.terms() == TargetTerms(None, ("Gold & Co",))


def test_a_remembered_owner_who_has_another_address_by_now_gets_nothing(shop: Shop) -> None:
    shop.bindings["user:olga@acme.example"] = "66"
    shop.answers = {"GetClients": EMPTY, "GetUsers": EMPTY}

    account = Account("legacy/17", "olga@acme.example", "billing@acme.example")
    with pytest.raises(Unbound):
        shop.perform(Verb.ADD, after=account)


def test_a_remembered_member_who_has_another_address_by_now_is_left_alone(shop: Shop) -> None:
    shop.bindings[f"user:{JANE}"] = "66"
    shop.answers = {
        "GetClientsDetails": members(OLGA, {"id": 7, "email": JANE, "is_owner": False}),
        "GetUserPermissions": OK | {"permissions": ["tickets"]},
        "DeleteUserClient": 504,
    }

    with pytest.raises(NoAnswer):
        shop.perform(Verb.REMOVE, before=Membership("legacy/17", JANE, ("tickets",)))

    assert dict(shop.asked)["DeleteUserClient"]["user_id"] == "7"
    assert [action for action, _ in shop.asked].count("DeleteUserClient") == 1


def test_an_owner_is_recognised_before_anything_is_written(shop: Shop) -> None:
    shop.answers = {"GetClientsDetails": members(OLGA)}

    with pytest.raises(OwnerProtected):
        shop.perform(Verb.REMOVE, before=Membership("legacy/17", OLGA["email"], ("tickets",)))

    assert [action for action, _ in shop.asked] == ["GetClientsDetails"]


def test_a_user_made_without_an_id_is_in_doubt(shop: Shop) -> None:
    shop.answers = {"AddUser": OK}

    with pytest.raises(NoAnswer):
        shop.perform(Verb.ADD, after=User(JANE, "Jane", "Doe"))


# --- contacts of a large account ------------------------------------------------------------


class Thousand:
    """An account of a thousand contacts, which finds those of an address."""

    def __init__(self, shop: Shop, *, upper: bool = False) -> None:
        self.emails = [f"o'neil{number}@acme.example" for number in range(1, 1_001)]
        self.upper = upper
        shop.answers = {"GetContacts": self._listed, "AddContact": OK | {"contactid": "1000"}}

    def _listed(self, form: dict[str, str]) -> dict[str, Any]:
        start = int(form["limitstart"])
        kept = [(i, self._kept(email)) for i, email in enumerate(self.emails, start=1)]
        hits = [(i, email) for i, email in kept if form.get("email", email) == email]
        page = [row(i, email) for i, email in hits[start : start + int(form["limitnum"])]]
        counts = {"totalresults": len(hits), "numreturned": len(page)}
        return OK | counts | {"contacts": {"contact": page}}

    def _kept(self, email: str) -> str:
        return email.upper() if self.upper else email


def row(contact_id: int, email: str) -> dict[str, Any]:
    flags = {f"{name}emails": 0 for name in PREFERENCES}
    return {
        "id": contact_id,
        "userid": 3,
        "email": email,
        "firstname": "A",
        "lastname": "B",
    } | flags


def test_a_contact_costs_two_calls_however_many_there_are(shop: Shop) -> None:
    contact = Contact("legacy/17", "legacy/1", "o'neil1000@acme.example", (), Profile("A", "B"))
    Thousand(shop)

    assert shop.perform(Verb.ADD, after=contact).confirmed
    assert [action for action, _ in shop.asked] == ["AddContact", "GetContacts"]


def test_a_contact_whose_address_is_kept_in_capitals_is_found_all_the_same(shop: Shop) -> None:
    contact = Contact("legacy/17", "legacy/1", "o'neil1000@acme.example", (), Profile("A", "B"))
    Thousand(shop, upper=True)

    assert shop.perform(Verb.ADD, after=contact).confirmed


def test_what_a_target_warns_of_is_kept_with_what_it_did(shop: Shop) -> None:
    Thousand(shop)
    shop.answers["AddContact"] |= {"warning": "Sub Accounts are no longer supported."}
    contact = Contact("legacy/17", "legacy/1", "o'neil1000@acme.example", (), Profile("A", "B"))

    receipt = shop.perform(Verb.ADD, after=contact)

    assert receipt.confirmed
    assert receipt.note == "the target warned: Sub Accounts are no longer supported."
