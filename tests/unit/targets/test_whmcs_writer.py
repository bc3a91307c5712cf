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

from syncd.errors import NoAnswer, NotConfirmed, OwnerProtected, Unbound, UnexpectedReply
from syncd.model.change import Change, Reason, Verb
from syncd.model.connection import ApiConnection
from syncd.model.permission import NONE
from syncd.model.resources import Account, Contact, Membership, Resource, User
from syncd.ports import Observed, Receipt
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
        answer = self.answers.get(action, "The requested API Action could not be found.")
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

    assert shop.reader.probe() == [Probe("WhmcsDetails", ok=False, sentence="Invalid IP 192.0.2.7")]


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
