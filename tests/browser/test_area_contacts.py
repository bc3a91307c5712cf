"""Generation 8, as S2 tells it: users log in, contacts are sent mail and may ask support."""

from areas import ALMA, DINA, PASSWORD, Area
from surfer import Surfer

BOOKS, MANAGER = "books@tax.example", "manager@harbour.example"


def ask_support(at: Surfer, email: str) -> Surfer:
    at.forget()
    at.open("/support").fill_in(Name="Max", Email_Address=email, Subject="Help", Message="Please.")
    return at.press("Send")


def test_s2_01_a_user_logs_in_and_manages_services_and_domains(new: Area, at_new: Surfer) -> None:
    new.member(1, DINA, "products", "manageproducts", "domains", "managedomains")

    at_new.log_in(DINA, PASSWORD).open("/domains/2")
    at_new.fill("Nameservers", "a.x b.x").press("Change Nameservers")

    assert at_new.notice == "The nameservers have been saved."
    at_new.open("/services/1").set_password("panel").press("Save Changes")
    assert at_new.notice == "The password of the service has been changed."


def test_s2_02_s2_11_s2_13_s4_03_a_contact_cannot_log_in_and_is_no_sub_account(
    new: Area, at_new: Surfer
) -> None:
    """Also not where the row still has what made it a sub-account before."""
    new.sub_account(1, "was@helpers.example", "tickets")
    at_new.log_in("was@helpers.example", PASSWORD)
    assert at_new.mistake == "Login Details Incorrect. Please try again."

    at_new.log_in(ALMA, PASSWORD).choose_from_own_menu("Contacts")
    assert "They cannot log in" in at_new.text
    at_new.follow("Edit")

    assert at_new.texts("legend") == ["Email Preferences"]
    assert at_new.all("input[type=password], #subaccount") == []


def test_s2_08_s2_12_contacts_are_sent_the_kinds_of_mail_that_are_ticked(
    new: Area, at_new: Surfer
) -> None:
    """An accountant for the invoices, a manager for support."""
    at_new.be(ALMA)
    for email, kind in ((BOOKS, "Invoice Emails"), (MANAGER, "Support Emails")):
        at_new.open("/contacts").follow("Add New Contact").tick(kind)
        at_new.fill_in(First_Name="Max", Last_Name="Moor", Email_Address=email)
        assert at_new.press("Save Changes").notice == "The contact has been added."

    at_new.open("/order").press("Complete Order")
    at_new.open("/tickets/new").fill_in(Subject="Help", Message="Please.").press("Submit")

    sent = [(mail["subject"], mail["to"]) for mail in new.mails()]
    assert [to for subject, to in sent if "Invoice" in subject] == [ALMA, BOOKS]
    assert [to for subject, to in sent if subject == "Help"] == [ALMA, MANAGER]
    assert len(new.ask("state")["users"]) == 3


def test_s2_09_s2_10_a_support_contact_speaks_for_the_account_without_a_login(
    new: Area, at_new: Surfer
) -> None:
    new.contact(1, MANAGER, "support")
    new.contact(1, BOOKS, "invoice")

    answers = {ask_support(at_new, email).notice for email in (MANAGER, BOOKS, "x@y.example")}

    assert answers == {"Your message has been sent to our support."}
    asked = new.ask("state")["tickets"][2:]
    assert [(t["client_id"], t["contact_id"]) for t in asked] == [(1, 1), (0, 0), (0, 0)]
    at_new.be(ALMA).open("/tickets")
    assert "Help" in at_new.text


def test_s2_06_s2_07_rights_belong_to_one_account(new: Area, at_new: Surfer) -> None:
    """Somebody who works for two companies: tickets here, invoices there, and no leak."""
    new.member(1, DINA, "tickets")
    new.member(2, DINA, "invoices")
    at_new.be(DINA).press("Harbour Gallery")
    assert at_new.menu == ["Home", "Tickets", "Open Ticket"]

    at_new.follow("⇄ Switch Account").press("Old Mill Brewery")

    assert at_new.menu == ["Home", "My Invoices", "Payment Methods"]
    assert at_new.open("/tickets").heading == "Access Denied"


def test_s4_14_who_manages_contacts_manages_no_users(new: Area, at_new: Surfer) -> None:
    """Before there were users such a delegate made sub-accounts."""
    new.member(1, DINA, "contacts")
    new.contact(1, BOOKS, "invoice")

    at_new.be(DINA).choose_from_own_menu("Contacts").follow("Delete")
    assert BOOKS in at_new.text
    at_new.press("Delete Contact")

    assert at_new.notice == "The contact has been deleted."
    assert new.ask("state")["contacts"] == []
    assert "User Management" not in at_new.own_menu
    assert at_new.open("/users").heading == "Access Denied"


def test_s2_04_levels_such_as_billing_and_support_are_sets_of_permissions(
    new: Area, at_new: Surfer
) -> None:
    new.member(1, "billing@levels.example", "invoices", "quotes")
    new.member(1, "support@levels.example", "tickets")

    for email, groups in (
        ("billing@levels.example", ["Billing"]),
        ("support@levels.example", ["Support"]),
        (ALMA, ["Services", "Domains", "Billing", "Support", "Affiliates"]),
    ):
        assert at_new.be(email).texts("#menu h2") == groups
