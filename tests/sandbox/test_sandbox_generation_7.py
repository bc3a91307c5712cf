"""The sandbox as a WHMCS 7.10: contacts that log in, clients with passwords, no users."""

import pytest

from syncd.sandbox.server import _parser, _switches
from syncd.sandbox.switches import GENERATIONS, SWITCHES

COUNTERS = ("totalresults", "startnumber", "numreturned")
LOGIN = {"password2": "pw", "permissions": "invoices,tickets"}


@pytest.fixture
def old(api):
    api.tell("switches", version="7.10.2")
    return api


@pytest.fixture
def shop(old):
    old.add_client()
    return old


def contacts(api, **filters):
    return api("GetContacts", **filters).get("contacts", {"contact": []})["contact"]


def test_a_generation_is_a_release_and_a_named_release_goes_before_it():
    assert GENERATIONS["8"] == SWITCHES["version"].default
    for arguments, version in (
        ([], None),
        (["--generation", "8"], "8.13.1"),
        (["--generation", "7"], "7.10.2"),
        (["--generation", "7", "--switch", "version=8.5.2"], "8.5.2"),
    ):
        assert _switches(_parser().parse_args(arguments)).get("version") == version


def test_the_version_is_named_by_the_old_action_only(old):
    assert old("GetAdminDetails")["whmcs"] == {
        "version": "7.10.2",
        "canonicalversion": "7.10.2-release.1",
    }


@pytest.mark.parametrize(
    "action",
    [
        *("WhmcsDetails", "GetUsers", "AddUser", "GetUserPermissions", "UpdateUserPermissions"),
        *("GetPermissionsList", "DeleteUserClient", "CreateClientInvite"),
    ],
)
def test_what_came_with_users_is_not_there(action, old):
    assert old.error(action) == "The requested API Action could not be found."


def test_a_client_has_its_own_login_and_no_user_is_made(shop):
    state = shop.get("state")
    assert (len(state["clients"]), state["users"], state["memberships"]) == (1, [], [])
    details = shop("GetClientsDetails", clientid=1)
    assert details["client"]["id"] == details["userid"] == "1"
    assert details["client"]["password"]
    assert details["client"]["twofaenabled"] == ""
    assert not {"users", "owner_user_id", "client_id"} & details["client"].keys()
    assert shop("GetClients")["clients"]["client"][0]["status"] == "Active"


def test_a_contact_with_a_login_is_a_sub_account(shop):
    shop("AddContact", clientid=1, firstname="Dan", email="dan@x.example", **LOGIN)
    shop("AddContact", clientid=1, firstname="Eve", email="eve@x.example")
    dan, eve = contacts(shop)
    assert (dan["id"], dan["userid"], dan["subaccount"]) == ("1", "1", "1")
    assert dan["permissions"] == "invoices,tickets"
    assert dan["password"]
    assert "companyname" in dan
    assert (eve["subaccount"], eve["permissions"], eve["password"]) == ("0", "", "")
    assert [row["id"] for row in contacts(shop, subaccount="1")] == ["1"]
    assert [row["id"] for row in contacts(shop, subaccount="0")] == ["2"]


def test_preferences_are_text_in_both_directions(shop):
    shop("AddContact", clientid=1, email="d@x.example", **{"email_preferences[invoice]": "1"})
    (row,) = contacts(shop)
    assert (row["invoiceemails"], row["generalemails"]) == ("1", "0")


def test_a_tick_is_taken_away_and_the_rest_stays(shop):
    shop("AddContact", clientid=1, email="dan@x.example", **LOGIN)
    answer = shop("UpdateContact", contactid=1, subaccount="0")
    assert answer == {"result": "success", "contactid": "1"}
    (row,) = contacts(shop)
    assert (row["subaccount"], row["permissions"]) == ("0", "invoices,tickets")
    assert row["password"]


@pytest.mark.parametrize("email", ["alma@shop.example", "DAN@x.example"])
def test_a_login_needs_an_address_of_its_own(email, shop):
    shop("AddContact", clientid=1, email="dan@x.example", **LOGIN)
    assert shop.error("AddContact", clientid=1, email=email, **LOGIN) == "Duplicate Email Address"
    assert shop("AddContact", clientid=1, email=email)["contactid"] == 2
    assert shop.error("UpdateContact", contactid=2, subaccount="1") == "Duplicate Email Address"
    assert shop("UpdateContact", contactid=1, permissions="emails")["result"] == "success"


def test_a_data_set_brings_stale_and_living_columns_as_they_are(old):
    row = {"client_id": 1, "email": "d@x.example", "permissions": "x, y", "subaccount": True}
    old.tell("load", clients=[{"email": "c@x.example"}], contacts=[row | {"password": "abc"}])
    (shown,) = contacts(old)
    assert (shown["permissions"], shown["password"], shown["subaccount"]) == ("x, y", "abc", "1")
    assert "password" not in old.get("state")["contacts"][0]
    old.tell("switches", version="8.13.1")
    assert not {"permissions", "password", "subaccount"} & contacts(old)[0].keys()


def test_counters_are_numbers_and_all_that_is_documented_is_text(shop):
    assert [shop("GetClients")[name] for name in COUNTERS] == [1, 0, 1]
    assert shop("AddContact", clientid=1, email="d@x.example")["contactid"] == 1
    shop.tell("switches", ids="documented")
    assert [shop("GetClients")[name] for name in COUNTERS] == ["1", "0", "1"]
    assert shop("AddContact", clientid=1, email="e@x.example")["contactid"] == "2"


def test_numbers_if_the_switch_says_so(shop):
    shop.tell("switches", ids="int")
    shop("AddContact", clientid=1, email="dan@x.example", **LOGIN)
    (row,) = contacts(shop)
    assert (row["id"], row["subaccount"], row["generalemails"]) == (1, 1, 0)
    assert shop("GetContacts")["totalresults"] == 1


def test_the_log_says_what_writes(shop):
    contacts(shop)
    assert [(one["action"], one["writes"]) for one in shop.get("requests")["requests"]] == [
        ("AddClient", True),
        ("GetContacts", False),
    ]
