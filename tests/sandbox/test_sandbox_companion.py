"""The companion's four actions, as `companion/PROTOCOL.md` has them."""

import pytest
import requests

from syncd.sandbox.schema import PERMISSIONS
from syncd.sandbox.server import _parser, _switches

ACTIONS = ("SyncdCapabilities", "SyncdObserve", "SyncdAttach", "SyncdWithdrawInvite")
UNKNOWN = "The requested API Action could not be found."
HASH = "$2y$10$" + "a" * 53
KEY = "0123456789abcdef"
SOMEBODY_ELSE = "The owner of this client is somebody else than expected."
MARIA = {
    "key": KEY,
    "client_id": 1,
    "owner": "Alma@shop.example",
    "email": "maria@dev.example",
    "firstname": "Maria",
    "lastname": "Moor",
    "language": "german",
    "permissions": "tickets,invoices",
}


@pytest.fixture
def shop(api):
    """Give a companion, and client 1 of owner 1 with member 2."""
    api.tell("switches", companion="on")
    api.add_client(noemail=1)
    api.member(1, "ben@office.example", "tickets")
    return api


def listed(api, what):
    return api("SyncdObserve", what=what)[what]


@pytest.mark.parametrize("action", ACTIONS)
def test_they_are_there_with_the_switch_only_and_where_the_role_allows_them(api, action):
    assert api.error(action) == UNKNOWN
    api.tell("switches", companion="on")
    assert api(action).get("message") != UNKNOWN
    api.tell("roles", deny=[action.lower()])
    refused = api.raw(action)
    assert refused.status_code == 403
    assert f'"{action.lower()}" is not allowed' in refused.json()["message"]


def test_the_companion_says_what_is_possible(shop):
    shop.tell("clock", now="2026-03-01T09:30:00", frozen=True)
    assert shop("SyncdCapabilities") == {
        "result": "success",
        "companion": "1.1.0",
        "protocol": 1,
        "whmcs": "8.13.1",
        "time": "2026-03-01 09:30:00",
        "permissions": list(PERMISSIONS),
        "missing": [],
        "possible": {"observe": True, "attach": True, "withdrawinvite": True},
        "reasons": [],
    }


@pytest.mark.parametrize(
    ("column", "possible", "action"),
    [
        ("tblusers.language", [], "SyncdObserve"),
        ("tblusers.password", ["observe", "withdrawinvite"], "SyncdAttach"),
        ("tbluser_invites.updated_at", ["observe", "attach"], "SyncdWithdrawInvite"),
    ],
)
def test_what_a_missing_column_makes_impossible(shop, column, possible, action):
    shop.tell("switches", companion_lacks=column, companion_protocol="2")
    body = shop("SyncdCapabilities")
    assert body["protocol"] == 2
    assert body["missing"] == [column]
    assert [name for name, able in body["possible"].items() if able] == possible
    table, name = column.split(".")
    sentence = f"The table {table} has no column {name}, so this action is not possible here."
    assert body["reasons"] == [sentence]
    assert shop.error(action, what="users", **MARIA) == sentence


def test_everything_is_observed_by_pages_of_ids(shop):
    shop("CreateClientInvite", client_id=1, email="cara@lone.example", permissions="orders")
    shop("CreateClientInvite", client_id=1, email="dan@lone.example", permissions="orders")
    shop.tell("invites/1/accept", email="other@lone.example")
    shop.tell("invites/2/withdraw")
    assert [user["email"] for user in listed(shop, "users")] == [
        *("alma@shop.example", "ben@office.example", "other@lone.example"),
    ]
    assert listed(shop, "memberships") == [
        {"id": n, "user_id": n, "client_id": 1, "owner": n == 1} | more
        for n, more in enumerate(
            [
                {"permissions": [], "invite_id": 0},
                {"permissions": ["tickets"], "invite_id": 0},
                {"permissions": ["orders"], "invite_id": 1},
            ],
            start=1,
        )
    ]
    first, second = listed(shop, "invites")
    assert first["accepted_at"] > ""
    assert (first["accepted_by"], first["deleted_at"]) == (3, "")
    assert (second["accepted_by"], second["accepted_at"]) == (0, "")
    assert second["deleted_at"] > ""
    assert "token" not in first
    page = shop("SyncdObserve", what="users", after=1, limitnum=1)
    assert (page["numreturned"], page["next"], len(page["users"])) == (1, 2, 1)
    last = shop("SyncdObserve", what="users", after=2, limitnum=1)
    assert (last["next"], last["users"][0]["id"]) == (0, 3)
    assert shop("SyncdObserve", what="invites", after=9)["invites"] == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"what": "clients"}, "what must be users, memberships or invites"),
        ({"after": "-1"}, "after must be a number, 0 or more"),
        ({"after": "1 or 1"}, "after must be a number, 0 or more"),
        ({"limitnum": "0"}, "limitnum must be a number from 1 to 5000"),
        ({"limitnum": "5001"}, "limitnum must be a number from 1 to 5000"),
    ],
)
def test_what_cannot_be_observed(shop, asked, message):
    assert shop.error("SyncdObserve", **({"what": "users"} | asked)) == message


def test_a_list_is_read_as_words_are_and_what_is_neither_is_named(shop):
    shop.tell("load", memberships=[{"client_id": 1, "user_id": 9, "permissions": '["tickets"]'}])
    assert listed(shop, "memberships")[2]["permissions"] == ["tickets"]
    shop.tell("load", memberships=[{"client_id": 1, "user_id": 8, "permissions": "a:0:{}"}])
    assert shop.error("SyncdObserve", what="memberships") == (
        "The permissions of membership 4 are neither words with commas nor a list."
    )


def test_attaching_makes_a_user_and_a_membership_once_and_mails_nobody(shop):
    first = shop("SyncdAttach", **MARIA, password_hash=HASH)
    assert first == {
        "result": "success",
        "user_id": 3,
        "user": "made",
        "membership": "made",
        "password": "carried",
        "repeated": False,
    }
    assert shop("SyncdAttach", **MARIA) == first | {"repeated": True}
    assert shop.error("SyncdWithdrawInvite", key=KEY) == (
        "This key was used before for something else."
    )
    assert shop.error("SyncdAttach", **(MARIA | {"permissions": "orders"})) == (
        "This key was used before for something else."
    )
    assert listed(shop, "users")[2]["language"] == "german"
    assert listed(shop, "memberships")[2] == {
        "id": 3,
        "user_id": 3,
        "client_id": 1,
        "owner": False,
        "permissions": ["invoices", "tickets"],
        "invite_id": 0,
    }
    assert shop.get("outbox")["mails"] == []
    (line,) = shop("GetActivityLog")["activity"]["entry"]
    assert line["description"] == (
        "syncd attached maria@dev.example to 1: user made, membership made, password carried,"
        f" permissions invoices,tickets, key {KEY}"
    )
    assert line["clientId"] == 1
    logged = shop.get("requests?since=0")["requests"]
    assert HASH not in str((logged, line))
    assert [request["writes"] for request in logged if request["action"] == "SyncdAttach"] == (
        [True] * 3
    )


def test_a_user_who_is_there_is_used_as_he_is(shop):
    ben = MARIA | {"email": "BEN@office.example"}
    shop.add_client("zoe@shop.example")
    assert shop.error("SyncdAttach", **ben) == "User already associated with client"
    same = shop("SyncdAttach", **(ben | {"permissions": "tickets"}))
    assert (same["user"], same["membership"], same["password"]) == ("found", "found", "kept")
    other = ben | {"key": KEY[::-1], "client_id": 2, "owner": "zoe@shop.example"}
    made = shop("SyncdAttach", **other, password_hash=HASH)
    assert (made["user"], made["membership"], made["password"]) == ("found", "made", "kept")
    assert [user["email"] for user in listed(shop, "users")][1] == "ben@office.example"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"key": "short"}, "key must be 16 to 64 letters, digits or any of - _ . :"),
        ({"key": KEY + " "}, "key must be 16 to 64 letters, digits or any of - _ . :"),
        ({"client_id": 9}, "Client ID Not Found"),
        ({"client_id": 0, "email": ""}, "Client ID Not Found"),
        ({"client_id": 9, "email": ""}, "The email address entered is not valid"),
        ({"firstname": "x" * 256}, "firstname is too long"),
        ({"language": "x" * 33}, "language is too long"),
        ({"owner": "", "permissions": "fly"}, "Unknown permission: fly"),
        ({"owner": ""}, SOMEBODY_ELSE),
        ({"owner": "ben@office.example"}, SOMEBODY_ELSE),
        ({"email": "maria"}, "The email address entered is not valid"),
        ({"email": f"{'a' * 60}@{'b' * 200}.example"}, "The email address entered is not valid"),
        ({"firstname": " "}, "You did not enter a first name"),
        ({"lastname": ""}, "You did not enter a last name"),
        ({"email": "ALMA@shop.example"}, "Permissions cannot be set on a client owner"),
        ({"permissions": " , "}, "User permissions are required"),
        ({"permissions": "tickets,fly"}, "Unknown permission: fly"),
        ({"password_hash": "5f4dcc3b5aa765d61d8327deb882cf99"}, "password_hash is not bcrypt"),
        ({"password_hash": HASH.replace("10", "16")}, "password_hash is not bcrypt"),
    ],
)  # fmt: skip
def test_what_is_refused_writes_nothing(shop, wrong, message):
    before = shop.get("state")
    assert shop.error("SyncdAttach", **(MARIA | wrong)) == message
    assert shop.get("state") == before
    assert shop("SyncdAttach", **MARIA)["repeated"] is False, "a refusal is not kept"


def test_a_client_needs_the_one_owner(shop):
    shop.tell("load", clients=[{"id": 5, "email": "nobody@shop.example"}])
    assert shop.error("SyncdAttach", **(MARIA | {"client_id": 5})) == "This client has no owner."
    for user_id in (1, 2):
        owner = {"client_id": 5, "user_id": user_id, "owner": True}
        shop.tell("load", memberships=[owner])
    assert shop.error("SyncdAttach", **(MARIA | {"client_id": 5})) == (
        "This client has several owners."
    )


def test_permissions_are_written_in_the_form_that_is_there(shop):
    lists = {"client_id": 1, "user_id": 9, "permissions": '["tickets"]'}
    shop.tell("load", memberships=[lists])
    sentence = "Memberships hold permissions in more than one form, so none is written."
    assert shop.error("SyncdAttach", **MARIA) == sentence
    body = shop("SyncdCapabilities")
    assert (body["possible"]["attach"], body["reasons"]) == (False, [sentence])
    shop.tell("members", client_id=1, email="ben@office.example", permissions=None)
    shop("SyncdAttach", **MARIA)
    line = shop("GetActivityLog")["activity"]["entry"][0]["description"]
    assert 'permissions ["invoices","tickets"]' in line


def test_an_invitation_is_withdrawn_once(shop):
    shop("CreateClientInvite", client_id=1, email="cara@lone.example", permissions="orders")
    shop("CreateClientInvite", client_id=1, email="dan@lone.example", permissions="orders")
    shop.tell("invites/2/accept")
    cara = {"key": KEY, "invite_id": 1, "client_id": 1, "email": "CARA@lone.example"}
    for wrong in ({"invite_id": 9}, {"client_id": 2}, {"email": "dan@lone.example"}):
        assert shop.error("SyncdWithdrawInvite", **(cara | wrong)) == "Invitation not found"
    dan = cara | {"invite_id": 2, "email": "dan@lone.example"}
    assert shop.error("SyncdWithdrawInvite", **dan) == "This invitation was accepted already."
    shop.tell("clock", advance_seconds=8 * 86400)
    assert shop("SyncdWithdrawInvite", **cara) == {
        "result": "success",
        "invite": "withdrawn",
        "repeated": False,
    }
    assert shop("SyncdWithdrawInvite", **cara)["repeated"] is True
    again = shop("SyncdWithdrawInvite", **(cara | {"key": KEY[::-1]}))
    assert (again["invite"], again["repeated"]) == ("gone", False)
    assert shop.error("SyncdAttach", **MARIA) == "This key was used before for something else."
    assert shop.get("invites")["invites"][0]["state"] == "withdrawn"


def test_a_lost_reply_is_an_effect_that_the_same_key_repeats(shop):
    shop.tell("faults", fault="lost_reply", on="SyncdAttach")
    with pytest.raises(requests.ConnectionError):
        shop("SyncdAttach", **MARIA)
    assert shop("SyncdAttach", **MARIA)["repeated"] is True
    assert len(listed(shop, "memberships")) == 3


def test_the_option_switches_it_on():
    assert _switches(_parser().parse_args(["--companion"])) == {"companion": "on"}
    assert _switches(_parser().parse_args([])) == {}
