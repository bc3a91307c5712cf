"""Every fault of the sandbox, as a caller meets it."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import requests

from syncd.sandbox.fault_kinds import KINDS


def switch(api, fault, **more):
    return api.tell("faults", fault=fault, **more)


def actions(api):
    return [line["action"] for line in api.get("requests")["requests"]]


def test_nothing_is_switched_on_at_first_and_every_kind_is_reported(api):
    told = api.get("faults")
    assert (told["faults"], told["random"]) == ([], None)
    assert list(told["kinds"]) == list(KINDS)
    assert all(kind["story"] for kind in told["kinds"].values())


# --- which request it strikes ---------------------------------------------------------------


def said(api, action="GetClients", **params):
    """Say whether a request came through."""
    return api.raw(action, **params).json()["result"] == "success"


def test_a_fault_strikes_once_at_the_next_request(api):
    switch(api, "error")
    assert [said(api) for _ in range(3)] == [False, True, True]


def test_it_may_begin_later_and_strike_more_often(api):
    switch(api, "error", at=2, times=2)
    assert [said(api) for _ in range(4)] == [True, False, False, True]


def test_it_may_strike_for_ever_until_it_is_lifted(api):
    told = switch(api, "error", times=0)
    assert [one["fault"] for one in told["faults"]] == ["error"]
    assert [said(api) for _ in range(3)] == [False] * 3
    assert api.get("faults")["faults"][0]["met"] == 3
    api.session.delete(f"{api.sandbox.control}/faults", timeout=10)
    assert said(api)


@pytest.mark.parametrize(
    ("on", "struck"),
    [("reads", [False, True, False]), ("writes", [True, False, True]),
     ("getcontacts", [True, True, False]), ("GetContacts", [True, True, False])],
)  # fmt: skip
def test_it_may_be_meant_for_some_requests_only(api, profile, on, struck):
    switch(api, "error", on=on, times=0)
    came = [said(api), said(api, "AddClient", **profile), said(api, "GetContacts")]
    assert came == struck


def test_a_reset_lifts_faults(api):
    switch(api, "error", times=0)
    api.tell("reset")
    assert said(api)


def draws(api, **random):
    api.session.delete(f"{api.sandbox.control}/faults", timeout=10)
    api.tell("faults", random=random)
    return [said(api) for _ in range(40)]


def test_the_same_seed_draws_the_same_faults(api):
    first = draws(api, seed=7, rate=0.3, kinds=["error", "ip_refused"])
    assert first == draws(api, seed=7, rate=0.3, kinds=["error", "ip_refused"])
    assert first != draws(api, seed=8, rate=0.3, kinds=["error", "ip_refused"])
    assert {True, False} == set(first)


def test_draws_may_come_to_an_end(api):
    assert draws(api, seed=1, rate=1, kinds=["error"], most=3) == [False] * 3 + [True] * 37
    assert api.get("faults")["random"]["struck"] == 3


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({}, "There is no fault None"),
        ({"fault": "earthquake"}, "There is no fault 'earthquake'. There are: lost_request"),
        ({"fault": "slow", "colour": 1}, "slow has no option 'colour'. It has: seconds."),
        ({"fault": "slow", "seconds": "long"}, "seconds must be a float."),
        ({"fault": "unavailable", "as_date": 1}, "as_date must be a bool."),
        ({"fault": "error", "at": 0}, "at must be 1 or more"),
        ({"fault": "error", "times": -1}, "times 0 or more"),
        ({"fault": "error", "on": 3}, "on must be"),
        ({"random": {"rate": 2}}, "rate must be"),
        ({"random": {"kinds": []}}, "kinds must be"),
        ({"random": {"seed": "x"}}, "seed and most"),
        ({"random": {"colour": 2}}, "random has no colour"),
    ],
)
def test_what_cannot_be_switched_on_is_refused(api, wanted, why):
    assert why in api.tell("faults", status=400, **wanted)["error"]
    assert api.get("faults")["faults"] == []


# --- in front of the installation -----------------------------------------------------------


def test_a_lost_request_is_not_carried_out(api, profile):
    switch(api, "lost_request")
    with pytest.raises(requests.ConnectionError):
        api.raw("AddClient", **profile)
    assert api("GetClients")["totalresults"] == 0
    assert actions(api) == ["GetClients"]


@pytest.mark.parametrize("fault", ["html", "maintenance", "banned", "throttled", "unavailable"])
def test_a_page_comes_in_place_of_json_and_nothing_is_carried_out(api, profile, fault):
    switch(api, fault)
    reply = api.raw("AddClient", **profile)
    assert reply.headers["Content-Type"].startswith("text/html")
    assert KINDS[fault].options["title"] in reply.text
    assert reply.status_code == KINDS[fault].options["status"]
    assert api("GetClients")["totalresults"] == 0


def test_a_page_may_have_another_status(api):
    requests.post(
        f"{api.sandbox.control}/faults", json={"fault": "html", "status": 502}, timeout=10
    ).raise_for_status()
    assert api.raw("GetClients").status_code == 502


def test_it_may_say_when_to_come_again(api):
    switch(api, "throttled")
    switch(api, "throttled", at=2, retry_after="7")
    switch(api, "unavailable", at=3, retry_after="60", as_date=True)
    assert "Retry-After" not in api.raw("GetClients").headers
    assert api.raw("GetClients").headers["Retry-After"] == "7"
    assert re.match(r"\w{3}, \d\d \w{3} \d{4} .* GMT", api.raw("GetClients").headers["Retry-After"])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("ip_refused", "Invalid IP 127.0.0.1"),
        ("role_lacks", 'Invalid Permissions: API action "getclients" is not allowed'),
    ],
)
def test_access_can_be_taken_in_the_middle(api, fault, message):
    switch(api, fault)
    reply = api.raw("GetClients")
    assert reply.status_code == 403
    assert reply.json() == {"result": "error", "message": message}


def test_an_error_nobody_documented(api, profile):
    switch(api, "error", message="The moon is in the wrong phase")
    assert api.error("AddClient", **profile) == "The moon is in the wrong phase"
    assert api("GetClients")["totalresults"] == 0


# --- on the way back ------------------------------------------------------------------------


def test_a_lost_reply_is_to_something_that_was_done(api, profile):
    switch(api, "lost_reply")
    with pytest.raises(requests.ConnectionError):
        api.raw("AddClient", **profile)
    assert api("GetClients")["totalresults"] == 1


def test_a_truncated_reply_is_half_of_one(api, profile):
    switch(api, "truncated")
    reply = api.raw("AddClient", **profile)
    assert reply.text.startswith('{"result":')
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert api("GetClients")["totalresults"] == 1


def test_a_slow_reply_comes(api):
    switch(api, "slow", seconds=0.02)
    assert api.raw("GetClients").elapsed.total_seconds() >= 0.02


# --- what PHP adds to a reply ---------------------------------------------------------------


def test_a_notice_of_php_may_stand_before_the_json(api, profile):
    switch(api, "php_notice", message="Deprecated: old")
    text = api.raw("AddClient", **profile).text
    assert text.startswith("<br />\n<b>Deprecated: old</b>")
    assert json.loads(text[text.index("{") :])["result"] == "success"
    assert api("GetClients")["totalresults"] == 1


@pytest.mark.parametrize("count", [1, 2])
def test_byte_order_marks_may_stand_before_the_json(api, count):
    switch(api, "byte_order_marks", count=count)
    body = api.raw("GetClients").content
    assert body.startswith(b"\xef\xbb\xbf" * count + b"{")


def test_two_marks_are_the_default(api):
    switch(api, "byte_order_marks")
    assert api.raw("GetClients").content.count(b"\xef\xbb\xbf") == 2


def test_a_reply_may_be_null(api, profile):
    switch(api, "null_body")
    reply = api.raw("AddClient", **profile)
    assert (reply.status_code, reply.text) == (200, "null")
    assert api("GetClients")["totalresults"] == 1


def test_a_500_may_follow_what_was_done(api, profile):
    switch(api, "error_after_commit")
    reply = api.raw("AddClient", **profile)
    assert (reply.status_code, reply.text) == (500, "")
    assert api("GetClients")["totalresults"] == 1


def test_a_warning_may_come_with_a_success(api, profile):
    switch(api, "warning", warning="Mind the gap", times=2)
    body = api("AddClient", **profile)
    assert (body["result"], body["warning"]) == ("success", "Mind the gap")
    assert api.raw("AddClient", **profile).json().keys() == {"result", "message"}


def test_the_page_for_who_asks_too_often_comes_under_200(api, profile):
    switch(api, "rate_page")
    reply = api.raw("AddClient", **profile)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Rate Limit Exceeded" in reply.text
    assert api("GetClients")["totalresults"] == 0


# --- lists ----------------------------------------------------------------------------------


@pytest.fixture
def clients(api):
    rows = [{"id": n, "firstname": "C", "email": f"c{n}@shop.example"} for n in range(1, 31)]
    api.tell("load", clients=rows)
    return api


def page(api, start, size=10, **params):
    reply = api("GetClients", limitstart=start, limitnum=size, **params)
    return [int(row["id"]) for row in reply["clients"]["client"]], int(reply["totalresults"])


def test_a_page_may_be_shorter_than_asked(clients):
    switch(clients, "short_pages")
    assert page(clients, 0, 30) == (list(range(1, 26)), 30)
    assert len(page(clients, 0, 30)[0]) == 30
    switch(clients, "short_pages", rows=3)
    assert page(clients, 0, 2)[0] == [1, 2]


@pytest.mark.parametrize("by", [1, -2])
def test_a_total_may_lie(clients, by):
    switch(clients, "lying_totals", by=by)
    assert page(clients, 0)[1] == 30 + by


@pytest.mark.parametrize(("by", "first"), [(1, 10), (-1, 12)])
def test_a_page_may_have_shifted(clients, by, first):
    switch(clients, "shifted_pages", by=by, times=2)
    assert page(clients, 0) == (list(range(1, 11)), 30)
    assert page(clients, 10) == (list(range(first, first + 10)), 30 + by)


def test_a_search_may_find_what_was_not_looked_for(clients):
    assert page(clients, 0, search="c2@shop.example")[0] == [2]
    switch(clients, "false_hits")
    assert page(clients, 0, search="c2@shop.example")[0] == list(range(1, 11))


# --- what happens meanwhile -----------------------------------------------------------------


def invited(api):
    client = api.add_client()
    api("CreateClientInvite", client_id=client, email="ben@x.example", permissions="tickets")
    return client


def test_an_invitation_may_be_accepted_by_somebody_else(api):
    client = invited(api)
    switch(api, "accepted_elsewhere", email="eve@y.example")
    users = api("GetClientsDetails", clientid=client)["client"]["users"]["user"]
    assert [user["email"] for user in users] == ["alma@shop.example", "eve@y.example"]
    assert api.get("invites")["invites"][0]["accepted_by"]


def test_the_clock_may_jump(api):
    invited(api)
    switch(api, "clock_jump")
    api("GetClients")
    assert api.get("invites")["invites"][0]["state"] == "expired"
    switch(api, "clock_jump", seconds=-9 * 86_400)
    api("GetClients")
    assert datetime.fromisoformat(api.get("clock")["now"]) < datetime.now(UTC)


def test_the_command_line_lists_them():
    command = [sys.executable, "-m", "syncd.sandbox", "--list-faults"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"(?m)^(\w+)$", told) == list(KINDS)
