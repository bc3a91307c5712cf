"""Generation 8: how the owner lets others in, as S1 and S4 tell it."""

from areas import ALMA, BEN, DINA, PASSWORD, Area
from surfer import Surfer

from syncd.sandbox.area.permissions import LABELS

WEEK = 7 * 24 * 3600


def invite(at: Surfer, owner: str, email: str, *labels: str) -> Surfer:
    at.be(owner).choose_from_own_menu("User Management")
    at.fill("Email Address", email).tick(*labels)
    return at.press("Send Invite")


def test_s1_16_s1_17_s4_25_s4_26_the_owner_invites_to_one_account_for_chosen_functions(
    new: Area, at_new: Surfer
) -> None:
    invite(at_new, ALMA, DINA, "View Domains", "View & Pay Invoices")

    assert at_new.notice == "The invitation has been sent."
    assert DINA in at_new.row(DINA)
    [mail] = new.mails()
    assert (mail["to"], mail["client_id"]) == (DINA, 1)
    at_new.forget()
    at_new.open(mail["link"])
    assert at_new.words("#invited-to") == "Harbour Gallery"
    assert at_new.texts("#allowed li") == ["View Domains", "View & Pay Invoices"]


def test_s4_25_all_permissions_are_all_thirteen(new: Area, at_new: Surfer) -> None:
    invite(at_new, ALMA, DINA, "All Permissions")

    at_new.forget()
    at_new.open(new.link(DINA))

    assert at_new.texts("#allowed li") == list(LABELS.values())


def test_s4_24_the_address_and_the_choice_are_checked_before_anybody_is_mailed(
    new: Area, at_new: Surfer
) -> None:
    invite(at_new, ALMA, "dina@studio", "View Domains")
    assert at_new.mistake == "The email address entered is not valid"
    assert at_new.is_ticked("View Domains")

    at_new.tick("View Domains", on=False).fill("Email Address", DINA).press("Send Invite")
    assert at_new.mistake == "User permissions are required"

    at_new.tick("View Domains").fill("Email Address", ALMA).press("Send Invite")
    assert at_new.mistake == "User already associated with client"
    assert new.mails() == []


def test_s4_14_only_the_owner_invites(new: Area, at_new: Surfer) -> None:
    new.member(1, DINA, *LABELS)

    at_new.be(DINA)

    assert "User Management" not in at_new.own_menu
    assert at_new.open("/users").heading == "Access Denied"
    at_new.forget()
    invite(at_new, BEN, "new@first.example", "View Domains")
    at_new.forget()
    assert "Ben Bright invites you" in at_new.open(new.link("new@first.example")).text


def test_s4_19_s4_21_a_known_user_must_click_and_keeps_the_login(new: Area, at_new: Surfer) -> None:
    new.member(2, DINA, "tickets")
    invite(at_new, ALMA, DINA, "View Domains")
    at_new.log_in(DINA, PASSWORD)
    assert at_new.path == "/"  # the only account so far

    at_new.forget()
    at_new.open(new.link(DINA)).fill("Password", "wrong", "#accept-known").press("Login and Accept")
    assert at_new.mistake == "Login Details Incorrect. Please try again."
    at_new.fill("Password", PASSWORD, "#accept-known").press("Login and Accept")

    assert at_new.notice == "You now have access to this account."
    assert at_new.menu == ["Home", "My Domains"]
    assert "Harbour Gallery" in at_new.words("#account")
    assert at_new.log_in(DINA, PASSWORD).path == "/accounts"
    assert len([u for u in new.ask("state")["users"] if u["email"] == DINA]) == 1


def test_s4_21_who_is_logged_in_accepts_with_one_click(new: Area, at_new: Surfer) -> None:
    invite(at_new, ALMA, BEN, "View Domains")

    at_new.log_in(BEN, PASSWORD).open(new.link(BEN)).press("Accept Invitation")

    assert "Harbour Gallery" in at_new.words("#account")
    assert new.permissions(1, BEN) == ["domains"]


def test_s4_22_an_unknown_address_makes_its_own_login(new: Area, at_new: Surfer) -> None:
    invite(at_new, ALMA, DINA, "View & Open Support Tickets")
    at_new.forget()
    at_new.open(new.link(DINA))
    at_new.fill_in("#accept-new", First_Name="Dina", Last_Name="Dee")

    at_new.fill("Password", "her own", "#accept-new").fill("Confirm Password", "another")
    at_new.press("Create Login and Accept")
    assert at_new.mistake == "The passwords you entered did not match."
    assert at_new.field("Last Name", "#accept-new").get_property("value") == "Dee"

    at_new.fill("Password", "her own", "#accept-new").fill("Confirm Password", "her own")
    at_new.press("Create Login and Accept")

    assert at_new.words("#hello summary") == "Hello, Dina!"
    at_new.log_in(DINA, "her own").open("/tickets")
    assert "Gallery is slow" in at_new.text


def test_s4_19_it_may_be_accepted_under_another_address(new: Area, at_new: Surfer) -> None:
    """The link counts, not the address: acceptance proves no address."""
    invite(at_new, ALMA, DINA, "View Domains")
    at_new.forget()
    at_new.open(new.link(DINA))
    at_new.fill_in("#accept-new", First_Name="Dina", Last_Name="Dee")
    at_new.fill("Email Address", "private@dina.example", "#accept-new")
    at_new.fill("Password", "her own", "#accept-new").fill("Confirm Password", "her own")
    at_new.press("Create Login and Accept")

    assert new.permissions(1, "private@dina.example") == ["domains"]
    at_new.log_in(ALMA, PASSWORD).open("/users")
    assert at_new.row(DINA) == ""
    assert "private@dina.example" in at_new.row("private@dina.example")


def test_s4_20_it_expires_after_seven_days(new: Area, at_new: Surfer) -> None:
    new.tell("clock", now="2026-03-01T09:00:00Z", frozen=True)
    invite(at_new, ALMA, DINA, "View Domains")
    link = new.link(DINA)
    new.tell("clock", advance_seconds=WEEK - 1)
    at_new.forget()
    assert at_new.open(link).words("#invited-to") == "Harbour Gallery"

    new.tell("clock", advance_seconds=1)

    at_new.fill_in("#accept-new", First_Name="Dina", Last_Name="Dee")
    at_new.fill("Password", "x", "#accept-new").fill("Confirm Password", "x")
    at_new.press("Create Login and Accept")
    assert at_new.mistake == "This invitation can no longer be accepted."
    assert "This invitation has expired" in at_new.text
    assert [user["email"] for user in new.ask("state")["users"] if user["id"] > 3] == []

    at_new.be(ALMA).open("/users")
    assert "Expired" in at_new.row(DINA)
    at_new.press("Resend Invite")
    assert at_new.notice == "The invitation has been sent again."
    assert len(new.mails(to=DINA)) == 2
    at_new.forget()
    assert at_new.open(link).words("#invited-to") == "Harbour Gallery"


def test_s4_14_an_invitation_is_cancelled_and_works_once(new: Area, at_new: Surfer) -> None:
    invite(at_new, ALMA, DINA, "View Domains").press("Cancel Invite")

    assert at_new.notice == "The invitation has been cancelled."
    assert at_new.all("#invites") == []
    assert "This invitation has been cancelled." in at_new.open(new.link(DINA)).text

    invite(at_new, ALMA, BEN, "View Domains")
    at_new.be(BEN).open(new.link(BEN)).press("Accept Invitation")
    assert "has been accepted already" in at_new.open(new.link(BEN)).text


def test_s4_18_each_account_invites_by_itself(new: Area, at_new: Surfer) -> None:
    for owner in (ALMA, BEN):
        invite(at_new, owner, DINA, "View Domains")

    assert [mail["client_id"] for mail in new.mails(to=DINA)] == [1, 2]


def test_s4_14_the_owner_takes_access_away_and_the_login_stays(new: Area, at_new: Surfer) -> None:
    new.member(1, DINA, "products")
    new.member(2, DINA, "products")
    at_new.be(DINA).press("Harbour Gallery")
    hers = at_new.cookies[0]

    at_new.forget()
    at_new.be(ALMA).open("/users").follow("Remove Access")
    assert DINA in at_new.text
    at_new.press("Remove Access")
    assert at_new.notice == "The user no longer has access to this account."

    at_new.forget()
    at_new.driver.add_cookie(hers)
    assert at_new.open("/services").path == "/accounts"
    assert at_new.texts(".name") == ["Old Mill Brewery"]
