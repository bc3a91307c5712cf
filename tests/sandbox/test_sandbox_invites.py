from datetime import datetime, timedelta

import pytest

CARA = "cara@lone.example"
INVITE = {"client_id": 1, "email": CARA, "permissions": "tickets,invoices"}
SENT = datetime.fromisoformat("2026-03-01T09:30:00+00:00")


@pytest.fixture
def shop(api):
    """Client 1 with its owner, at a time that stands still."""
    api.tell("clock", now=SENT.isoformat(), frozen=True)
    api.add_client(noemail=1)
    return api


def states(api):
    return [invite["state"] for invite in api.get("invites")["invites"]]


def members(api):
    users = {user["id"]: user["email"] for user in api.get("state")["users"]}
    rows = api.get("state")["memberships"]
    return {users[row["user_id"]]: row["permissions"] for row in rows if not row["owner"]}


def test_an_invite_mails_at_once_and_answers_no_id(shop):
    assert shop("CreateClientInvite", **INVITE) == {"result": "success"}
    [mail] = shop.get("outbox")["mails"]
    assert mail.pop("link").startswith(f"{shop.sandbox.url}/invite/")
    assert mail == {
        "id": 1,
        "sent_at": "2026-03-01 09:30:00",
        "to": CARA,
        "kind": "invite",
        "client_id": 1,
        "subject": "Invitation to manage an account",
        "invite_id": 1,
    }
    assert shop.get("invites")["invites"] == [
        {
            "id": 1,
            "email": CARA,
            "client_id": 1,
            "permissions": ["invoices", "tickets"],
            "created_at": "2026-03-01 09:30:00",
            "expires_at": "2026-03-08 09:30:00",
            "accepted_at": None,
            "withdrawn_at": None,
            "state": "pending",
            "accepted_by": None,
        }
    ]
    assert members(shop) == {}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": ""}, "Email is required"),
        ({"client_id": 9}, "Invalid client id"),
        ({"email": "cara"}, "The email address entered is not valid"),
        ({"permissions": ""}, "User permissions are required"),
        ({"email": "ALMA@shop.example"}, "User already associated with client"),
    ],
)
def test_an_invite_is_refused(shop, change, sentence):
    assert shop.error("CreateClientInvite", **(INVITE | change)) == sentence
    assert shop.get("outbox")["mails"] == []


def test_accepting_makes_the_user_and_the_membership(shop):
    shop("CreateClientInvite", **INVITE)
    answer = shop.tell("invites/1/accept", firstname="Cara", lastname="Cole")
    assert answer == {"id": 1, "accepted_by": CARA, "user_id": 2}
    assert members(shop) == {CARA: ["invoices", "tickets"]}
    assert shop.get("state")["memberships"][1]["invite_id"] == 1
    user = shop.get("state")["users"][1]
    assert (user["firstname"], user["lastname"]) == ("Cara", "Cole")
    invite = shop.get("invites")["invites"][0]
    assert (invite["state"], invite["accepted_by"]) == ("accepted", CARA)


def test_accepting_uses_the_user_there_is(shop):
    user_id = shop.add_user(CARA)
    shop("CreateClientInvite", **(INVITE | {"email": "Cara@Lone.example"}))
    assert shop.tell("invites/1/accept")["user_id"] == user_id


def test_another_address_may_accept(shop):
    shop("CreateClientInvite", **INVITE)
    shop.tell("invites/1/accept", email="else@where.example")
    assert members(shop) == {"else@where.example": ["invoices", "tickets"]}
    assert shop.get("invites")["invites"][0]["accepted_by"] == "else@where.example"


def test_another_address_may_be_refused(shop):
    shop.tell("switches", invite_other_address="reject")
    shop("CreateClientInvite", **INVITE)
    answer = shop.tell("invites/1/accept", 409, email="else@where.example")
    assert answer == {"error": f"The invite is for {CARA}."}
    shop.tell("invites/1/accept", email=CARA.upper())


@pytest.mark.parametrize("email", ["no address", "alma@shop.example"])
def test_nobody_accepts_under_a_wrong_or_a_members_address(shop, email):
    shop("CreateClientInvite", **INVITE)
    shop.tell("invites/1/accept", 409, email=email)
    assert states(shop) == ["pending"]


def test_an_invite_is_accepted_once(shop):
    shop("CreateClientInvite", **INVITE)
    shop.tell("invites/1/accept")
    answer = shop.tell("invites/1/accept", 409, email="else@where.example")
    assert answer == {"error": "The invite is accepted."}


def test_an_invite_lasts_one_second_less_than_seven_days(shop):
    shop("CreateClientInvite", **INVITE)
    shop.tell("clock", advance_seconds=7 * 24 * 3600 - 1)
    assert states(shop) == ["pending"]
    shop.tell("clock", advance_seconds=1)
    assert states(shop) == ["expired"]
    assert shop.tell("invites/1/accept", 409) == {"error": "The invite is expired."}
    assert shop.tell("invites/accept-all") == {"accepted": 0}
    assert members(shop) == {}


def test_an_invite_accepted_in_the_last_second_stays_accepted(shop):
    shop("CreateClientInvite", **INVITE)
    last = SENT + timedelta(days=7, seconds=-1)
    shop.tell("clock", now=last.isoformat())
    shop.tell("invites/1/accept")
    shop.tell("clock", advance_seconds=3600)
    assert states(shop) == ["accepted"]


def test_a_withdrawn_invite_cannot_be_accepted(shop):
    shop("CreateClientInvite", **INVITE)
    assert shop.tell("invites/1/withdraw") == {"id": 1}
    assert states(shop) == ["withdrawn"]
    assert shop.tell("invites/1/accept", 409) == {"error": "The invite is withdrawn."}
    assert shop.tell("invites/1/withdraw", 409) == {"error": "The invite is withdrawn."}


def test_an_invite_that_does_not_exist(shop):
    assert shop.tell("invites/9/accept", 404) == {"error": "There is no invite 9."}


def test_accept_all_takes_each_that_can_be(shop):
    for email in (CARA, "dan@x.example", CARA):
        shop("CreateClientInvite", **(INVITE | {"email": email}))
    shop.tell("invites/2/withdraw")
    assert shop.tell("invites/accept-all") == {"accepted": 1}
    assert states(shop) == ["accepted", "withdrawn", "pending"]


def test_a_second_invite_is_a_second_row_and_mail(shop):
    shop("CreateClientInvite", **INVITE)
    shop("CreateClientInvite", **INVITE)
    assert states(shop) == ["pending", "pending"]
    assert len(shop.get("outbox")["mails"]) == 2


def test_a_second_invite_may_be_refused(shop):
    shop.tell("switches", second_invite="reject")
    shop("CreateClientInvite", **INVITE)
    assert shop.error("CreateClientInvite", **(INVITE | {"email": CARA.upper()})) == (
        "An invite to that email address is already pending"
    )
    shop.tell("clock", advance_seconds=7 * 24 * 3600)
    assert shop("CreateClientInvite", **INVITE) == {"result": "success"}


def test_a_second_invite_may_replace_the_first(shop):
    shop.tell("switches", second_invite="replace")
    shop("CreateClientInvite", **INVITE)
    shop("CreateClientInvite", **INVITE)
    assert states(shop) == ["withdrawn", "pending"]


def test_an_invite_may_have_no_permissions(shop):
    shop.tell("switches", empty_permissions="accept")
    shop("CreateClientInvite", **(INVITE | {"permissions": ""}))
    shop.tell("invites/1/accept")
    assert members(shop) == {CARA: []}
