"""The switches that shape every answer; the others are tested with what they change."""

import pytest

from syncd.sandbox.switches import SWITCHES, UnknownSwitch, check


def test_every_default_is_allowed_and_every_switch_asks_something():
    for switch in SWITCHES.values():
        assert switch.values is None or switch.default in switch.values
        assert switch.question.rstrip()


@pytest.mark.parametrize("wanted", [{"nope": "1"}, {"ids": "roman"}])
def test_what_is_no_switch_is_refused_by_name(wanted):
    with pytest.raises(UnknownSwitch, match=r"nope|roman"):
        check(wanted)


def test_what_is_created_is_a_number_and_an_update_echoes_text(api, profile):
    created = api("AddClient", **profile)
    assert (created["clientid"], created["owner_id"]) == (1, 1)
    assert api("GetClients")["clients"]["client"][0]["id"] == 1
    assert api("UpdateClient", clientid=1)["clientid"] == "1"
    assert api("UpdateUser", user_id=1, language="german")["user_id"] == "1"
    assert api("AddContact", clientid=1)["contactid"] == 1
    assert api("UpdateContact", contactid=1)["contactid"] == "1"
    assert api("DeleteContact", contactid=1)["contactid"] == "1"
    assert api("DeleteClient", clientid=1)["clientid"] == "1"


def test_ids_as_documented(api, profile):
    api.tell("switches", ids="documented")
    created = api("AddClient", **profile)
    assert (created["clientid"], created["owner_id"]) == ("1", "1")
    assert api("AddUser", **(profile | {"email": "b@x.example"}))["user_id"] == "2"
    assert api("GetClients")["clients"]["client"][0]["id"] == 1
    assert api("UpdateClient", clientid=1)["clientid"] == "1"


def test_ids_as_numbers(api):
    api.tell("switches", ids="int")
    api.add_client()
    assert api("UpdateClient", clientid=1)["clientid"] == 1
    assert api("UpdateUser", user_id=1, language="german")["user_id"] == 1


def test_everything_as_text(api):
    api.add_client()
    api.tell("switches", ids="string")
    body = api("GetUsers")
    assert (body["totalresults"], body["numreturned"]) == ("1", "1")
    assert body["users"][0]["id"] == "1"
    assert body["users"][0]["clients"] == [{"id": "1", "isOwner": True}]


@pytest.mark.parametrize(
    ("setting", "contacts", "users"),
    [("drop", None, None), ("blank", "", ""), ("list", {"contact": []}, [])],
)
def test_empty_containers(api, setting, contacts, users):
    api.tell("switches", empty_containers=setting)
    assert api("GetContacts").get("contacts") == contacts
    assert api("GetUsers").get("users") == users
    assert ("contacts" in api("GetContacts")) == (setting != "drop")


def test_numreturned_may_be_missing(api):
    api.tell("switches", hide_numreturned="on")
    assert list(api("GetUsers")) == ["result", "totalresults", "startnumber"]


def test_writes_may_be_entity_encoded(api):
    api.tell("switches", entity_encode="on")
    api.add_client(companyname="Raz & Co", lastname="O'Hara", email="o'hara@x.example")
    client = api("GetClients", search="alma O'H")["clients"]["client"][0]
    assert client["companyname"] == "Raz &amp; Co"
    assert client["lastname"] == "O&#039;Hara"
    assert client["email"] == "o'hara@x.example"


def test_encoded_values_are_answered_as_stored(api):
    api.tell("load", clients=[{"companyname": "Raz &amp; Co"}])
    assert api("GetClients")["clients"]["client"][0]["companyname"] == "Raz &amp; Co"
