"""The companion's replies: what they mean, and which of them are not believed."""

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
    CompanionUnusable,
    IncompleteRead,
    NoAnswer,
    SyncdError,
    UnexpectedReply,
    WriteRefused,
)
from syncd.model.connection import ApiConnection
from syncd.model.resources import Membership
from syncd.ports import Invitation, Observed, Sighting
from syncd.targets.whmcs.client import WhmcsClient
from syncd.targets.whmcs.companion import Companion
from syncd.targets.whmcs.reader import WhmcsReader
from syncd.targets.whmcs.trial import TrialClient
from syncd.wire.client import ReadingClient

URL = "https://shop.example/includes/api.php"
OK = {"result": "success"}
CAPABLE = OK | {
    "companion": "1.1.0",
    "protocol": "1",
    "time": "2026-03-01 10:00:07",
    "permissions": ["tickets", "invoices"],
    "possible": {"observe": True, "attach": True, "withdrawinvite": True},
    "reasons": [],
}
USER = {"id": 5, "firstname": "Olga", "lastname": "Owner", "email": "Olga@Acme.example"}
MEMBER = {"id": 8, "user_id": 5, "client_id": 3, "owner": False, "permissions": ["tickets"]}
INVITE = {
    "id": 9,
    "client_id": 3,
    "email": "new@dev.example",
    "permissions": ["tickets"],
    "created_at": "2026-02-28 10:00:00",
    "accepted_at": "",
    "deleted_at": "",
    "accepted_by": 0,
}


class Told:
    """A target that answers with what is told of each list, and of what it can do."""

    def __init__(self, http: responses.RequestsMock) -> None:
        self.capable: dict[str, Any] = dict(CAPABLE)
        self.pages: dict[str, dict[str, Any]] = {
            what: page(what, rows)
            for what, rows in (("users", [USER]), ("memberships", [MEMBER]), ("invites", [INVITE]))
        }
        self.said: dict[str, Any] = {}  # by other actions
        self.asked: list[dict[str, str]] = []
        self.date = "Sun, 01 Mar 2026 09:00:03 GMT"  # an hour behind the database's zone
        http.add_callback(responses.POST, URL, self._answer)
        self.connection = ApiConnection(
            url="https://shop.example",
            identifier="us",
            secret="secret",  # noqa: S106 (not one)
        )
        client = ReadingClient("shop", self.connection)
        companion = Companion("auto", client)
        self.companion, self.trial = companion, TrialClient("shop", self.connection)
        self.reader = WhmcsReader("shop", client, companion)

    def seen(self) -> list[Sighting]:
        return list(self.reader.observe())

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        form = {name: values[0] for name, values in parse_qs(str(request.body)).items()}
        self.asked.append(form)
        match form["action"]:
            case "SyncdCapabilities":
                reply = self.capable
            case "SyncdObserve":
                reply = self.pages[form["what"]]
            case "GetClients" | "GetContacts":
                reply = OK | {"totalresults": 0}
            case action:
                reply = self.said[action]
        return 200, {"Date": self.date}, json.dumps(reply)


def page(what: str, rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return OK | {"what": what, "numreturned": len(rows), "next": 0, what: rows} | more


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def told() -> Iterator[Told]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield Told(http)


def test_rows_mean_what_the_api_says(told: Told) -> None:
    user, member, invitation = told.seen()
    assert isinstance(user, Observed)
    assert (user.target_id, user.resource.email) == ("5", "olga@acme.example")
    assert member == Observed(Membership("shop/3", "olga@acme.example", ("tickets",)), "5/3")
    assert isinstance(invitation, Invitation)
    # By the world's clock, of which the database's is a zone apart; seconds do not count.
    assert invitation.sent_at == datetime(2026, 2, 28, 9, tzinfo=UTC)


def test_without_a_date_the_database_is_taken_at_its_word(told: Told) -> None:
    told.date = ""
    assert told.seen()[-1].sent_at == datetime(2026, 2, 28, 10, tzinfo=UTC)


def test_a_word_that_the_target_does_not_list_is_left_to_the_api(told: Told) -> None:
    told.pages["memberships"] = page("memberships", [MEMBER | {"permissions": ["View Tickets"]}])
    assert [item.complete for item in told.seen() if isinstance(item, Observed)] == [True, False]


def test_a_membership_of_nobody_is_none(told: Told) -> None:
    told.pages["memberships"] = page("memberships", [MEMBER | {"user_id": 6}])
    assert len(told.seen()) == 2


@pytest.mark.parametrize(
    ("what", "reply", "error"),
    [
        ("users", page("users", [USER], next=6), IncompleteRead),
        ("users", page("users", [], next=6), IncompleteRead),
        ("users", page("users", [USER], numreturned=2), IncompleteRead),
        ("users", page("users", [USER, USER]), IncompleteRead),
        ("users", page("users", [USER]) | {"users": {"0": USER}}, UnexpectedReply),
        ("users", page("users", [USER | {"id": "five"}]), UnexpectedReply),
        ("memberships", page("memberships", [MEMBER | {"owner": "1"}]), UnexpectedReply),
        ("memberships", page("memberships", [MEMBER | {"permissions": "x"}]), UnexpectedReply),
        ("invites", page("invites", [INVITE | {"created_at": ""}]), UnexpectedReply),
        ("invites", page("invites", [INVITE | {"accepted_at": None}]), UnexpectedReply),
        ("invites", page("invites", [INVITE | {"created_at": "2026-03-02 10:00:00"}]),
         UnexpectedReply),
    ],
)  # fmt: skip
def test_what_is_no_whole_list_of_the_protocol_is_not_believed(
    told: Told, what: str, reply: dict[str, Any], error: type[SyncdError]
) -> None:
    told.pages[what] = reply
    with pytest.raises(SyncdError) as raised:
        told.seen()
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"protocol": 2}, CompanionUnusable),
        ({"protocol": None}, UnexpectedReply),
        ({"possible": "all"}, UnexpectedReply),
        ({"time": "noon"}, UnexpectedReply),
    ],
)
def test_a_companion_that_is_not_understood_is_not_used(
    told: Told, changed: dict[str, Any], error: type[SyncdError]
) -> None:
    told.capable |= changed
    with pytest.raises(error):
        told.seen()


@pytest.mark.parametrize(
    ("shown", "verified"), [({"verified": True}, True), ({"verified": False}, False), ({}, False)]
)
def test_an_address_is_verified_where_the_companion_says_so(
    told: Told, shown: dict[str, bool], *, verified: bool
) -> None:
    told.pages["users"] = page("users", [USER | shown])
    user, *_ = told.seen()
    assert isinstance(user, Observed)
    assert user.verified is verified
    old = any(
        "does not show whether addresses are verified" in said for said in told.reader.remarks
    )
    assert old is (not shown)
    told.pages["users"] = page("users", [USER | {"verified": 1}])
    with pytest.raises(UnexpectedReply, match="verified is 1"):
        told.seen()


def test_what_is_not_installed_in_full_is_used_in_part(told: Told) -> None:
    message = "The requested API Action could not be found."
    told.said["SyncdAttach"] = {"result": "error", "message": message}
    assert told.reader.attaches  # nothing that writes is called to know better
    with pytest.raises(CompanionUnusable, match="there is no SyncdAttach"):
        told.companion.check_attaching(told.trial)
    assert len(told.seen()) == 3


def test_a_trial_that_succeeds_is_no_trial(told: Told) -> None:
    told.said["SyncdAttach"] = OK
    with pytest.raises(UnexpectedReply, match="success without a key"):
        told.companion.check_attaching(told.trial)
    assert told.asked[-1]["key"] == "-"


def test_what_could_not_be_finished_is_asked_for_again_under_its_key(told: Told) -> None:
    message = "SyncdAttach could not be finished (40001); the same call may be sent again."
    told.said["SyncdAttach"] = {"result": "error", "message": message}
    client = WhmcsClient("shop", told.connection, lambda: None)
    with pytest.raises(NoAnswer):
        client.write_under_key("SyncdAttach", key="k" * 16, email="new@dev.example")
    assert [form["key"] for form in told.asked] == ["k" * 16] * 3
    with pytest.raises(WriteRefused):
        client.write_under_key("CreateClientInvite", key="k" * 16)
