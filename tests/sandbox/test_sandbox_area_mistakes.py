"""Forms of the client area that come too late, say too little, or take a login away."""

import inspect
from datetime import timedelta

import pytest
from area_visitor import ALMA, BOOKS, DATA, DINA, PASSWORD, Visitor, sub_account

from syncd.sandbox.area.pages import PAGES

OWNER = {"id": 1, "email": ALMA, "firstname": "Alma", "lastname": "A", "password": PASSWORD}


@pytest.fixture
def inviting(api):
    """Give the owner, and a way to know the invitation that was sent."""
    owner = {"client_id": 1, "user_id": 1, "owner": True}
    api.tell("load", **DATA, users=[OWNER], memberships=[owner])
    visitor = Visitor(api).be(ALMA)
    sent = visitor.post("/users/invite", email=DINA, grant="all")
    assert sent.headers["Location"] == "/users?done=invited"
    return visitor


def of_invitation(visitor, what):
    return visitor.post(f"/users/invites/1/{what}")


def test_the_page_that_shows_a_form_again_takes_what_the_form_takes():
    for page in PAGES:
        if page.again:
            place = {
                name: 1
                for name in inspect.signature(page.view).parameters
                if name not in {"visit", "_visit"}
            }
            inspect.signature(page.again).bind("visit", **place)


@pytest.mark.parametrize("what", ["resend", "cancel"])
def test_an_invitation_that_was_accepted_meanwhile_is_said_to_be(what, inviting):
    inviting.api.tell("invites/1/accept")

    answer = of_invitation(inviting, what)

    assert answer.status_code == 422
    assert "This invitation has been accepted already." in answer.text


@pytest.mark.parametrize("what", ["resend", "cancel"])
def test_an_invitation_that_was_cancelled_in_another_tab_is_said_to_be(what, inviting):
    of_invitation(inviting, "cancel")

    answer = of_invitation(inviting, what)

    assert answer.status_code == 422
    assert "This invitation has been cancelled already." in answer.text


def test_an_expired_invitation_can_be_cancelled_and_is_gone(inviting):
    inviting.api.tell("clock", advance_seconds=timedelta(days=7).total_seconds())
    assert "Expired" in inviting.get("/users").text

    assert of_invitation(inviting, "cancel").headers["Location"] == "/users?done=cancelled"

    assert DINA not in inviting.get("/users").text
    assert of_invitation(inviting, "resend").status_code == 422


@pytest.mark.parametrize("what", ["resend", "cancel"])
def test_the_address_of_a_form_leads_back_to_its_page(what, inviting):
    answer = inviting.get(f"/users/invites/1/{what}", allow_redirects=False)

    assert answer.headers["Location"] == "/users"


@pytest.fixture
def old(api):
    api.tell("switches", version="7.10.2")
    api.tell("load", **DATA)
    sub_account(api, "contacts", "tickets", id=2)
    return api


CONTACT = {"firstname": "Dina", "lastname": "D", "email": DINA}
ACTIVE = {**CONTACT, "subaccount": "on", "permissions": "tickets"}


def test_a_form_that_has_lost_its_token_is_not_taken_for_a_lack_of_permission(old):
    dina = Visitor(old).be(DINA)

    answer = dina.post("/tickets/new", sent="of before", subject="s", message="m")

    assert answer.status_code == 403
    assert "this form was not" in answer.text
    assert "do not have the permission" not in answer.text


@pytest.mark.parametrize(
    "form",
    [{**ACTIVE, "password": "another", "password_again": "another"}, CONTACT],
    ids=["a new password", "no longer a sub-account"],
)
def test_who_sets_a_password_or_takes_the_login_ends_its_sessions(form, old):
    dina, alma = Visitor(old).be(DINA), Visitor(old).be(ALMA)
    assert dina.get("/").url.endswith("/")
    alma.post("/contacts/2", **form)
    alma.post("/contacts/2", **ACTIVE)  # a login again, under the password there is

    assert dina.get("/").url.endswith("/login")


def test_a_sub_account_that_changes_its_own_password_as_a_contact_stays_logged_in(old):
    dina = Visitor(old).be(DINA)
    form = {**ACTIVE, "permissions": "contacts", "password": "another", "password_again": "another"}

    assert dina.post("/contacts/2", **form).headers["Location"] == "/contacts?done=contact-changed"

    assert dina.get("/contacts").url.endswith("/contacts")


@pytest.mark.parametrize("name", ["firstname", "lastname", "email"])
def test_nobody_leaves_an_account_without_name_or_address(name, old):
    alma = Visitor(old).be(ALMA)
    form = {"firstname": "Alma", "lastname": "Archer", "email": ALMA, name: " "}

    answer = alma.post("/details", **form)

    assert answer.status_code == 422
    assert "is required." in answer.text


@pytest.mark.parametrize("path", ["/details", "/contacts/1"])
def test_what_is_no_address_is_not_taken_for_one(path, old):
    form = {"firstname": "Alma", "lastname": "Archer", "email": "alma at shop"}

    answer = Visitor(old).be(ALMA).post(path, **form)

    assert answer.status_code == 422
    assert "The email address entered is not valid" in answer.text


def test_an_account_does_not_get_the_address_of_a_sub_account(old):
    form = {"firstname": "Alma", "lastname": "Archer", "email": DINA}

    answer = Visitor(old).be(ALMA).post("/details", **form)

    assert answer.status_code == 422
    assert "Duplicate Email Address" in answer.text
    assert Visitor(old).be(ALMA).post("/details", **form | {"email": BOOKS}).status_code == 303
