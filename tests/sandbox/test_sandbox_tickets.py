"""Tickets, notes on clients, and tokens for signing in."""

import re

import pytest

TICKET = {"deptid": 1, "subject": "No mail", "message": "It <b>stopped</b>."}
GUEST = {"name": "Gil", "email": "gil@x.example"}


@pytest.fixture
def shop(api):
    api.tell("clock", now="2026-03-01T09:30:00Z", frozen=True)
    api.add_client(noemail="1")
    return api


def open_ticket(api, **params):
    return api("OpenTicket", **(TICKET | params))


def tickets(api, **filters):
    return api("GetTickets", **filters).get("tickets", {"ticket": []})["ticket"]


def types(api):
    return [row["requestor_type"] for row in tickets(api)]


# --- OpenTicket -----------------------------------------------------------------------------


def test_a_new_ticket_has_an_id_a_number_and_a_code(shop):
    answer = open_ticket(shop, clientid=1)
    assert list(answer) == ["result", "id", "tid", "c"]
    assert answer["id"] == 1
    assert re.fullmatch(r"\d{6}", answer["tid"])
    assert re.fullmatch(r"\w{8}", answer["c"])
    shop.tell("switches", ids="documented")
    assert open_ticket(shop, clientid=1)["id"] == "2"


def test_its_opener_is_mailed_unless_asked_not_to(shop):
    open_ticket(shop, clientid=1)
    open_ticket(shop, **GUEST)
    open_ticket(shop, clientid=1, noemail="1")
    sent = [mail["to"] for mail in shop.get("outbox")["mails"]]
    assert sent == ["alma@shop.example", "gil@x.example"]
    shop.tell("switches", version="8.1.3")
    open_ticket(shop, clientid=1, noemail="1")
    assert len(shop.get("outbox")["mails"]) == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"clientid": 9}, "Client ID Not Found"),
        ({"userid": 9}, "The system cannot find the provided user ID."),
        ({"contactid": 9}, "Contact ID Not Found"),
        ({"clientid": ""}, "Name and email address are required if not a client"),
        ({"clientid": "", **GUEST, "email": "gil"}, "Email Address Invalid"),
        ({"deptid": 9}, "Department ID not found"),
        ({"subject": ""}, "Subject is required"),
        ({"message": ""}, "Message is required"),
        ({"serviceid": 1}, "Service ID Not Found"),
        ({"domainid": 1}, "Domain ID Not Found"),
        ({"created": "yesterday"}, "Invalid Date Format"),
        ({"created": "2026-03-01 09:30:01"}, "Ticket creation date cannot be in the future"),
    ],
)
def test_open_ticket_refuses(shop, change, sentence):
    assert shop.error("OpenTicket", **(TICKET | {"clientid": 1} | change)) == sentence
    assert shop.get("state")["tickets"] == []


def test_the_user_of_a_ticket_came_with_8_5(shop):
    shop.tell("switches", version="8.1.3")
    assert open_ticket(shop, clientid=1, userid=9)["result"] == "success"


# --- GetTickets, GetTicket ------------------------------------------------------------------


def test_tickets_are_text_as_in_the_sample(shop):
    open_ticket(shop, clientid=1, created="2026-02-01 08:00:00", priority="High")
    body = shop("GetTickets")
    assert list(body)[:4] == ["result", "totalresults", "startnumber", "numreturned"]
    (row,) = body["tickets"]["ticket"]
    assert row.pop("tid")
    assert row.pop("c")
    assert row == {
        "id": "1",
        "deptid": "1",
        "userid": "1",
        "name": "Alma Archer",
        "owner_name": "Alma Archer",
        "email": "alma@shop.example",
        "requestor_name": "Alma Archer",
        "requestor_email": "alma@shop.example",
        "requestor_type": "Owner",
        "cc": "",
        "date": "2026-02-01 08:00:00",
        "subject": "No mail",
        "status": "Open",
        "priority": "High",
        "admin": "",
        "attachment": "",
        "attachments": [],
        "attachments_removed": False,
        "lastreply": "2026-02-01 08:00:00",
        "flag": "0",
        "service": "",
    }


def test_who_asked_is_named_by_name_and_kind(shop):
    member = shop.member(1, "ben@x.example", "tickets")
    stranger = shop.add_user("eve@x.example")
    shop("AddContact", clientid=1, firstname="Con", lastname="Tact", email="con@x.example")
    for who in ({"userid": member}, {"userid": stranger}, {"contactid": 1}, {"admin": "1"}):
        open_ticket(shop, clientid=1, **who)
    open_ticket(shop, **GUEST)
    assert types(shop) == ["Authorized User", "Registered User", "Sub-account", "Operator", "Guest"]
    names = [row["requestor_name"] for row in tickets(shop)]
    assert names == ["ben Member", "Ben Bright", "Con Tact", "Sandbox Admin", "Gil"]


def test_a_7_10_does_not_know_who_asked(shop):
    open_ticket(shop, clientid=1)
    shop.tell("switches", version="7.10.2")
    (row,) = tickets(shop)
    assert not {"requestor_type", "requestor_name", "owner_name"} & row.keys()


def test_tickets_are_filtered_and_paged(shop):
    open_ticket(shop, clientid=1)
    open_ticket(shop, subject="50% off", **GUEST)
    row = {"client_id": 1, "subject": "Old", "status": "Closed", "number": "123456"}
    shop.tell("load", tickets=[row | {"date": "2020-01-01 00:00:00"}])

    def ids(**filters):
        return [row["id"] for row in tickets(shop, **filters)]

    assert ids(clientid=1) == ["1", "3"]
    assert ids(email="GIL@x.example") == ["2"]
    assert ids(subject="50%") == ["2"]
    assert ids(status="closed") == ["3"]
    assert ids(status="All Active Tickets") == ids(status="Awaiting Reply") == ["1", "2"]
    assert ids(status="My Flagged Tickets") == ids(deptid=2) == []
    assert ids(limitstart=1, limitnum=1) == ["2"]


def test_the_text_of_a_ticket_may_be_entity_encoded(shop):
    shop.tell("switches", entity_encode="on")
    open_ticket(shop, clientid=1, subject="A & B")
    assert [row["subject"] for row in tickets(shop, subject="A & B")] == ["A &amp; B"]


def test_one_ticket_by_id_or_number(shop):
    number = open_ticket(shop, clientid=1)["tid"]
    by_id, by_number = shop("GetTicket", ticketid=1), shop("GetTicket", ticketnum=number)
    assert by_id == by_number
    named = ("ticketid", "tid", "deptname", "userid", "contactid", "status")
    assert [by_id[name] for name in named] == ["1", number, "Support", "1", "0", "Open"]
    (reply,) = by_id["replies"]["reply"]
    assert (reply["replyid"], reply["message"]) == ("0", "It <b>stopped</b>.")
    assert (reply["requestor_type"], reply["admin"]) == ("Owner", "")
    assert by_id["notes"] == {"note": []}
    assert shop.error("GetTicket", ticketid=9) == "Ticket ID Not Found"


def test_tickets_count_in_the_statistics_and_go_with_their_client(shop):
    open_ticket(shop, clientid=1)
    shop.tell("load", tickets=[{"client_id": 1, "status": "Closed"}])
    stats = shop("GetClientsDetails", clientid=1, stats="1")["stats"]
    assert (stats["numtickets"], stats["numactivetickets"]) == (2, 1)
    shop("DeleteClient", clientid=1)
    assert tickets(shop) == []


# --- AddClientNote --------------------------------------------------------------------------


def test_a_note_is_kept_with_its_client(shop):
    answer = shop("AddClientNote", userid=1, notes="Moved by syncd", sticky="1")
    assert answer == {"result": "success", "noteid": 1}
    assert shop.get("state")["notes"] == [
        {
            "id": 1,
            "client_id": 1,
            "note": "Moved by syncd",
            "sticky": 1,
            "admin_id": 1,
            "created_at": "2026-03-01 09:30:00",
        }
    ]


def test_a_note_needs_a_client_and_words(shop):
    assert shop.error("AddClientNote", userid=9, notes="x") == "Client ID not found"
    assert shop.error("AddClientNote", userid=1) == "Notes can not be empty"


# --- CreateSsoToken -------------------------------------------------------------------------


def test_a_token_and_where_it_is_taken(shop):
    answer = shop("CreateSsoToken", client_id=1, destination="clientarea:services")
    token = answer["access_token"]
    assert re.fullmatch(r"[0-9a-f]{40}", token)
    path = f"/oauth/singlesignon.php?access_token={token}"
    assert answer["redirect_url"] == f"{shop.sandbox.url}{path}"
    assert shop("CreateSsoToken", user_id=1)["result"] == "success"
    assert shop("CreateSsoToken", client_id=1, user_id=1)["result"] == "success"


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "A valid client_id or user_id is required"),
        ({"client_id": 9}, "Invalid client_id"),
        ({"user_id": 9}, "Invalid user_id"),
        ({"client_id": 1, "user_id": 2}, "Invalid user_id for client"),
        ({"client_id": 1, "destination": "the moon"}, "Invalid destination"),
    ],
)
def test_no_token_for_whom_it_is_not(shop, params, sentence):
    shop.add_user()
    assert shop.error("CreateSsoToken", **params) == sentence


def test_no_token_without_an_owner(api):
    api.tell("load", clients=[{"email": "c@x.example"}])
    sentence = "Token could not be provisioned: the client has no owner"
    assert api.error("CreateSsoToken", client_id=1) == sentence


def test_in_a_7_10_it_is_for_a_client_or_its_contact(shop):
    shop.tell("switches", version="7.10.2")
    shop("AddContact", clientid=1, email="dan@x.example", password2="pw")
    assert shop("CreateSsoToken", client_id=1)["result"] == "success"
    assert shop("CreateSsoToken", client_id=1, contact_id=1)["result"] == "success"
    assert shop.error("CreateSsoToken", client_id=1, contact_id=9) == "Invalid contact_id"
    assert shop.error("CreateSsoToken", user_id=1) == "Invalid client_id"
