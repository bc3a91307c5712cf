from datetime import UTC, datetime, timedelta

import pytest

from syncd.sandbox.app import create_app
from syncd.sandbox.store import Store

WRONG = {"secret": "wrong"}

DATA = {
    "clients": [
        {"id": 10, "firstname": "Alma", "email": "alma@shop.example", "billingcid": 7},
        {"id": 11, "email": "gone@shop.example", "status": "Closed"},
    ],
    "users": [
        {"id": 5, "firstname": "Alma", "email": "alma@shop.example", "password": "right"},
        {"firstname": "Ben", "email": "ben@office.example", "language": "german"},
    ],
    "memberships": [
        {"client_id": 10, "user_id": 5, "owner": True},
        {"client_id": 10, "email": "BEN@office.example", "permissions": ["tickets"]},
    ],
    "contacts": [
        {
            "id": 7,
            "client_id": 10,
            "email": "dan@x.example",
            "email_preferences": {"domain": True},
            "subaccount": True,
            "permissions": "tickets, nonsense",
        }
    ],
    "invites": [
        {
            "client_id": 10,
            "email": "eve@x.example",
            "permissions": ["orders"],
            "created_at": "2026-01-01 00:00:00",
        }
    ],
    "groups": [{"groupname": "Gold"}],
    "activity": [{"description": "Long ago", "client_id": 10}],
}


def test_a_data_set_is_added_and_counted(api):
    counts = api.tell("load", **DATA)
    assert counts == {kind: len(rows) for kind, rows in DATA.items()}
    assert api("GetUsers")["users"][1]["clients"] == [{"id": 10, "isOwner": False}]
    assert api("GetUserPermissions", user_id=6, client_id=10)["permissions"] == ["tickets"]
    assert api("GetClientsDetails", clientid=10)["client"]["billingcid"] == 7
    assert api("ValidateLogin", email="alma@shop.example", password2="right")["userid"] == "5"
    assert api.get("invites")["invites"][0]["state"] == "expired"


def test_the_state_loads_again(api):
    api.tell("load", **DATA)
    state = api.get("state")
    assert state["contacts"][0]["email_preferences"]["domain"] is True
    assert state["contacts"][0]["subaccount"] is True
    assert "password" not in state["users"][0]
    api.tell("reset")
    api.tell("load", **state)
    assert api.get("state") == state


def test_ids_go_on_after_those_loaded(api):
    api.tell("load", **DATA)
    assert api.add_client("new@x.example") == 12


def test_loading_many_rows(api):
    count = 3000
    clients = [{"email": f"c{number}@x.example"} for number in range(count)]
    users = [{"email": f"c{number}@x.example"} for number in range(count)]
    members = [
        {"client_id": number + 1, "email": f"c{number}@x.example", "owner": True}
        for number in range(count)
    ]
    api.tell("load", clients=clients, users=users, memberships=members)
    page = api("GetUsers", limitstart=count - 2, limitnum=250)
    assert [user["clients"] for user in page["users"]] == [
        [{"id": count - 1, "isOwner": True}],
        [{"id": count, "isOwner": True}],
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"people": []}, "There is no kind 'people'."),
        ({"users": [{"name": "x"}]}, "users: there is no field 'name'."),
        (
            {"memberships": [{"client_id": 1, "email": "no@one.example"}]},
            "memberships: there is no user 'no@one.example'.",
        ),
        (
            {"users": [{"email": "a@x.example"}, {"email": "a@x.example"}]},
            "users: UNIQUE constraint failed: tblusers.email",
        ),
    ],
)
def test_a_data_set_that_cannot_be_loaded_leaves_nothing(api, data, sentence):
    good = {"clients": [{"email": "c@x.example"}]}
    assert api.tell("load", 400, **good, **data) == {"error": sentence}
    assert api.get("state")["clients"] == []


def test_the_clock_follows_real_time_until_moved(api):
    now = datetime.fromisoformat(api.get("clock")["now"])
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
    moved = api.tell("clock", advance_seconds=3600)
    assert (moved["frozen"], moved["offset_seconds"]) == (False, 3600.0)
    moved = api.tell("clock", now="2030-01-01T00:00:00", frozen=True)
    assert moved["now"] == "2030-01-01T00:00:00+00:00"
    assert api.tell("clock", advance_seconds=-1)["now"] == "2029-12-31T23:59:59+00:00"
    assert api.tell("clock", frozen=False)["frozen"] is False


def test_reset_sets_the_clock_back(api):
    api.tell("clock", now="2030-01-01T00:00:00", frozen=True)
    api.tell("reset")
    assert api.get("clock")["offset_seconds"] == 0
    assert api.get("clock")["frozen"] is False


@pytest.mark.parametrize(
    "body", [{"now": "soon"}, {"advance_seconds": "1"}, {"frozen": 1}, {"now": 5}]
)
def test_a_clock_that_cannot_be_set(api, body):
    assert "error" in api.tell("clock", 400, **body)


def test_reset_keeps_the_credential_and_the_switches(api):
    before = api.get("credentials")
    api.tell("switches", ids="string")
    api.tell("load", **DATA)
    api.tell("roles", deny=["getusers"])
    api.tell("ips", allow=["192.0.2.1"])
    assert api.tell("reset") == {"reset": True}
    assert all(rows == [] for rows in api.get("state").values())
    assert api.get("outbox") == {"mails": []}
    assert api.get("requests") == {"requests": []}
    assert api("GetUsers")["totalresults"] == "0"
    assert api.get("credentials") == before
    api.tell("reset", switches=True)
    assert api.get("switches")["ids"] == "live"
    assert api.add_client() == 1


def test_switches_are_set_together_or_not_at_all(api):
    answer = api.tell("switches", 400, ids="string", limitnum_cap="7")
    assert answer["error"].startswith("Switch 'limitnum_cap' cannot be '7'.")
    assert api.get("switches")["ids"] == "live"
    assert api.tell("switches", ids="string", limitnum_cap=100)["limitnum_cap"] == "100"


def test_the_request_log(api):
    api("addclient", clientid=1, firstname="x")
    api("GetClients", search="x")
    api.raw("Nope", **WRONG)
    lines = api.get("requests")["requests"]
    assert [line["action"] for line in lines] == ["AddClient", "GetClients", "Nope"]
    assert [line["writes"] for line in lines] == [True, False, False]
    assert [line["http_status"] for line in lines] == [200, 200, 403]
    assert [line["result"] for line in lines] == ["error", "success", "error"]
    assert lines[0]["message"] == "You did not enter your last name"
    assert lines[1]["params"] == {"search": "x", "responsetype": "json"}
    since = lines[1]["id"]
    assert [line["id"] for line in api.get(f"requests?since={since}")["requests"]] == [since + 1]


def test_the_request_log_keeps_no_secret(api):
    api.add_user(password2="hunter-2", securityqans="rex", **{"nested[password]": "hunter-3"})
    login = {"username": "admin", "password": "hunter-4", "accesskey": "hunter-5"}
    api.raw("WhmcsDetails", **login)
    text = str(api.get("requests"))
    known = api.get("credentials").values()
    hidden = ["hunter", "rex", *(value for value in known if value != "admin")]
    assert [value for value in hidden if value in text] == []
    assert "ben@office.example" in text


def test_the_request_log_is_emptied(api):
    api("WhmcsDetails")
    response = api.session.delete(f"{api.sandbox.control}/requests", timeout=10)
    assert response.json() == {"deleted": 1}
    assert api.get("requests") == {"requests": []}


def test_members_are_added_changed_and_removed(api):
    api.add_client()
    user_id = api.member(1, "new@x.example", "tickets")
    api.member(1, "NEW@x.example", "orders")
    assert api("GetUserPermissions", user_id=user_id, client_id=1)["permissions"] == ["orders"]
    api.tell("members", client_id=1, email="new@x.example", permissions=None)
    assert api.error("GetUserPermissions", user_id=user_id, client_id=1) == (
        "User is not associated with client"
    )
    assert api.tell("members", 404, client_id=1, email="new@x.example", permissions=None) == {
        "error": "new@x.example is no member of client 1."
    }


def test_ownership_is_handed_over(api):
    api.add_client()
    api.member(1, "new@x.example", "tickets")
    api.tell("members", client_id=1, email="new@x.example", owner=True)
    members = {row["user_id"]: row for row in api.get("state")["memberships"]}
    assert (members[1]["owner"], len(members[1]["permissions"])) == (False, 13)
    assert (members[2]["owner"], members[2]["permissions"]) == (True, None)
    assert api("GetClientsDetails", clientid=1)["client"]["owner_user_id"] == 2


def test_the_owner_can_be_removed_behind_the_apis_back(api):
    api.add_client()
    api.tell("members", client_id=1, email="alma@shop.example", permissions=None)
    assert api("GetClientsDetails", clientid=1)["client"]["owner_user_id"] == 0


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"client_id": 9, "email": "x@x.example", "permissions": []}),
        (404, {"client_id": "1", "email": "x@x.example", "permissions": []}),
        (400, {"client_id": 1, "permissions": []}),
        (400, {"client_id": 1, "email": "x@x.example"}),
        (400, {"client_id": 1, "email": "x@x.example", "permissions": "orders"}),
    ],
)
def test_a_member_that_cannot_be_set(api, status, body):
    api.add_client()
    assert "error" in api.tell("members", status, **body)


def test_roles_and_bodies_that_make_no_sense(api):
    assert "error" in api.tell("roles", 400, allow="some")
    response = api.session.post(f"{api.sandbox.control}/reset", data="[1]", timeout=10)
    assert (response.status_code, response.json()) == (
        400,
        {"error": "The body must be a JSON object."},
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "sandbox.example"},
        {"Host": "[x"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://[x"},
        {"Origin": "null"},
    ],
)
def test_web_pages_and_foreign_names_are_kept_out(api, headers):
    url = f"{api.sandbox.control}/state"
    assert api.session.get(url, headers=headers, timeout=10).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]:80"])
def test_names_of_this_machine_are_let_in(api, host):
    url = f"{api.sandbox.control}/clock"
    assert api.session.get(url, headers={"Host": host}, timeout=10).status_code == 200


def test_other_machines_are_kept_out(tmp_path):
    # Asked of the application itself: over loopback nobody can be another machine.
    store = Store.in_file(tmp_path / "sandbox.sqlite", [])
    stranger = {"REMOTE_ADDR": "192.0.2.9"}
    response = create_app(store).test_client().get("/_control/state", environ_base=stranger)
    store.close()
    assert response.status_code == 403
    assert response.json == {"error": "The control plane is for this machine only."}
