"""Generation 7, as S0 and S3 tell it: the owner shares access through sub-accounts."""

from areas import ALMA, BEN, PASSWORD, Area
from surfer import Surfer

from syncd.sandbox.area.permissions import LABELS, PREFERENCES

SAM = "sam@helpers.example"
# What each permission opens in the menu; those that open nothing work on a page of another.
OPENS = {
    "profile": ["Edit Account Details"],
    "contacts": ["Contacts/Sub-Accounts"],
    "products": ["My Services"],
    "manageproducts": [],
    "productsso": [],
    "domains": ["My Domains"],
    "managedomains": [],
    "invoices": ["My Invoices", "Payment Methods"],
    "quotes": ["My Quotes"],
    "tickets": ["Tickets", "Open Ticket"],
    "affiliates": ["Affiliates"],
    "emails": ["Email History"],
    "orders": ["Order New Services"],
}
EVERYBODY = {"Home", "Change Password", "Logout"}


def opened(at: Surfer) -> set[str]:
    return {*at.menu, *at.own_menu} - EVERYBODY


def refused(at: Surfer, *paths: str) -> bool:
    """Type addresses; say whether each is refused."""
    return all(at.open(path).heading == "Access Denied" for path in paths)


def fill_contact(at: Surfer, email: str = SAM) -> Surfer:
    at.open("/").choose_from_own_menu("Contacts/Sub-Accounts").follow("Add New Contact")
    return at.fill_in(First_Name="Sam", Last_Name="Sand", Email_Address=email)


def test_s0_01_s0_03_a_sub_account_sees_and_does_only_what_it_was_allowed(
    old: Area, at_old: Surfer
) -> None:
    old.sub_account(1, SAM, "tickets", "invoices")

    at_old.log_in(SAM, PASSWORD)

    assert opened(at_old) == {"Tickets", "Open Ticket", "My Invoices", "Payment Methods"}
    assert refused(at_old, "/services", "/domains", "/contacts", "/details", "/emails", "/order")
    assert "View & Pay Invoices" in at_old.words("#allowed")
    assert at_old.open("/invoices").heading == "My Invoices"


def test_s0_05_the_primary_login_is_the_master_account_holder(old: Area, at_old: Surfer) -> None:
    at_old.log_in(ALMA, PASSWORD)

    assert opened(at_old) == {entry for entries in OPENS.values() for entry in entries}
    assert "This is your account" in at_old.text


def test_s0_06_each_section_has_its_own_permission(old: Area, at_old: Surfer) -> None:
    for flag in OPENS:
        old.sub_account(1, f"{flag}@helpers.example", flag)

    seen = {}
    for flag in OPENS:
        at_old.be(f"{flag}@helpers.example")
        seen[flag] = sorted(opened(at_old))

    assert seen == {flag: sorted(entries) for flag, entries in OPENS.items()}


def test_s0_07_s3_12_who_manages_contacts_makes_sub_accounts_too(old: Area, at_old: Surfer) -> None:
    old.sub_account(1, "deputy@helpers.example", "contacts")

    at_old.log_in("deputy@helpers.example", PASSWORD)
    fill_contact(at_old).tick("Activate Sub-Account", "View & Open Support Tickets")
    at_old.set_password("made by a deputy")
    at_old.press("Save Changes")

    at_old.log_in(SAM, "made by a deputy")
    assert opened(at_old) == {"Tickets", "Open Ticket"}
    assert refused(at_old, "/contacts", "/contacts/new")


def test_s0_08_several_logins_of_one_account_see_the_same_account(
    old: Area, at_old: Surfer
) -> None:
    for email in ("one@helpers.example", "two@helpers.example"):
        old.sub_account(1, email, "products")

        at_old.be(email).follow("My Services", "#menu")

        assert "Gallery Hosting" in at_old.text
        assert "Harbour Gallery" in at_old.words("#account")


def test_s0_09_s0_19_s3_16_who_prefers_invoice_mail_is_sent_it(old: Area, at_old: Surfer) -> None:
    old.contact(1, "books@tax.example", "invoice")
    old.contact(1, "news@tax.example", "general")

    at_old.be(ALMA).follow("Order New Services", "#menu").press("Complete Order")

    assert at_old.notice == "Your order is placed. Its invoice is under Billing."
    assert [mail["to"] for mail in old.mails()] == [ALMA, "books@tax.example"]


def test_s0_10_the_page_is_where_old_texts_say(old: Area, at_old: Surfer) -> None:
    at_old.be(ALMA).open("/clientarea.php?action=contacts")

    assert at_old.heading == "Contacts/Sub-Accounts"


def test_s0_11_names_and_address_are_asked_for(old: Area, at_old: Surfer) -> None:
    at_old.be(ALMA)
    fill_contact(at_old).fill("Last Name", " ").fill("City", "Whitby").press("Save Changes")

    assert at_old.mistake == "Last Name is required."
    assert at_old.field("City").get_property("value") == "Whitby"

    at_old.fill("Last Name", "Sand").press("Save Changes")

    assert at_old.notice == "The contact has been added."
    assert SAM in at_old.row(SAM)


def test_s0_12_only_the_tick_makes_a_login(old: Area, at_old: Surfer) -> None:
    old.sub_account(1, SAM, "tickets", subaccount=False)

    at_old.log_in(SAM, PASSWORD)
    assert at_old.mistake == "Login Details Incorrect. Please try again."

    at_old.log_in(ALMA, PASSWORD).choose_from_own_menu("Contacts/Sub-Accounts")
    at_old.follow("Edit").tick("Activate Sub-Account").press("Save Changes")

    assert at_old.log_in(SAM, PASSWORD).path == "/"


def test_s0_13_s0_20_once_ticked_it_needs_a_password_and_logs_in_with_it(
    old: Area, at_old: Surfer
) -> None:
    at_old.log_in(ALMA, PASSWORD)
    fill_contact(at_old).tick("Activate Sub-Account").press("Save Changes")

    assert at_old.mistake == "A sub-account needs a password."
    assert at_old.is_ticked("Activate Sub-Account")

    at_old.set_password("typed", "mistyped").press("Save Changes")
    assert at_old.mistake == "The passwords you entered did not match."

    at_old.set_password("typed").press("Save Changes")

    assert "Sub-account" in at_old.row(SAM)
    assert at_old.log_in(SAM, "typed").words("#account").endswith("Harbour Gallery")


def test_s0_14_s0_15_permissions_and_mail_are_ticked_one_by_one(old: Area, at_old: Surfer) -> None:
    at_old.be(ALMA)
    fill_contact(at_old)

    labels = at_old.texts(".boxes label")
    assert labels == [*LABELS.values(), *(tick.label for tick in PREFERENCES)]
    assert not any(at_old.is_ticked(label) for label in labels)

    at_old.tick("Activate Sub-Account", "View & Pay Invoices", "View Domains", "Invoice Emails")
    at_old.set_password("typed").press("Save Changes")
    at_old.follow("Edit")

    ticked = [label for label in labels if at_old.is_ticked(label)]
    assert ticked == ["View Domains", "View & Pay Invoices", "Invoice Emails"]


def test_s0_16_all_of_it_can_be_changed_later(old: Area, at_old: Surfer) -> None:
    old.sub_account(1, SAM, "tickets", "domains")
    at_old.log_in(ALMA, PASSWORD).open("/contacts").follow("Edit")
    at_old.tick("View & Open Support Tickets", on=False).tick("View Emails").press("Save Changes")

    at_old.log_in(SAM, PASSWORD)
    assert opened(at_old) == {"My Domains", "Email History"}

    mine = at_old.cookies
    at_old.log_in(ALMA, PASSWORD).open("/contacts").follow("Edit")
    at_old.tick("Activate Sub-Account", on=False).press("Save Changes")

    at_old.forget()
    at_old.driver.add_cookie(mine[0])
    assert at_old.open("/domains").path == "/login"


def test_s0_17_s0_18_s0_22_a_billing_sub_account_sees_billing_only(
    old: Area, at_old: Surfer
) -> None:
    old.sub_account(1, SAM, "invoices", "quotes")

    at_old.be(SAM)

    assert at_old.texts("#menu h2") == ["Billing"]
    assert opened(at_old) == {"My Invoices", "My Quotes", "Payment Methods"}
    assert at_old.texts(".tiles a") == ["1\nUnpaid Invoices"]


def test_s0_21_it_pays_and_cannot_order_what_is_to_be_renewed(old: Area, at_old: Surfer) -> None:
    old.sub_account(1, SAM, "invoices")

    at_old.be(SAM).follow("My Invoices", "#menu").follow("#").press("Pay Now")

    assert (at_old.notice, at_old.words("#status")) == ("Thank you. The invoice is paid.", "Paid")
    assert refused(at_old, "/order", "/services", "/domains")


def test_s0_23_who_was_given_nothing_sees_nothing(old: Area, at_old: Surfer) -> None:
    old.sub_account(1, SAM)

    at_old.be(SAM)

    assert (opened(at_old), at_old.all(".tiles li")) == (set(), [])
    assert refused(at_old, "/tickets", "/invoices")
    assert "you have no permission" in at_old.text


def test_s3_01_s3_03_s3_17_the_owner_types_the_password_of_a_second_payer(
    old: Area, at_old: Surfer
) -> None:
    at_old.be(BEN)
    fill_contact(at_old).tick("Activate Sub-Account", "View & Pay Invoices")
    at_old.tick("View & Open Support Tickets", "Invoice Emails")
    at_old.set_password("as Ben typed it")
    at_old.press("Save Changes")

    at_old.log_in(SAM, "as Ben typed it").follow("My Invoices", "#menu")
    assert "Brewery March" in at_old.text
    assert "Gallery" not in at_old.text
    at_old.follow("Tickets", "#menu").follow("Brewery mail").fill("Reply", "Now?").press("Submit")
    assert at_old.texts("#posts .message") == ["None comes.", "Now?"]
    assert "Sam Sand (Sub-account)" in at_old.text


def test_s3_04_s3_07_s3_10_s3_11_what_a_permission_lets_one_do(old: Area, at_old: Surfer) -> None:
    """Change the master profile, open tickets, withdraw earnings, read old mail."""
    old.sub_account(1, SAM, "profile", "tickets", "affiliates", "emails")
    at_old.be(SAM).choose_from_own_menu("Edit Account Details")
    at_old.fill("Company Name", "Harbour Arts").press("Save Changes")
    assert "Harbour Arts" in at_old.words("#account")

    at_old.follow("Open Ticket", "#menu").fill_in(Subject="Slow again", Message="Very.")
    assert at_old.press("Submit").notice == "The ticket has been opened."
    assert old.ask("state")["tickets"][-1]["contact_id"] == 1

    at_old.follow("Affiliates", "#menu").press("Request Withdrawal")
    assert at_old.notice == "The withdrawal has been requested."
    at_old.choose_from_own_menu("Email History").follow("Slow again")
    assert "Very." in at_old.text


def test_s3_05_s3_08_s3_09_what_may_be_done_with_a_service(old: Area, at_old: Surfer) -> None:
    """See it; with more rights also change its password, enter it, cancel it."""
    old.sub_account(1, "sees@helpers.example", "products")
    old.sub_account(1, SAM, "products", "manageproducts", "productsso", "orders")

    at_old.be("sees@helpers.example").follow("My Services", "#menu")
    at_old.follow("Gallery Hosting")
    assert "12.50" in at_old.text
    assert at_old.all("main form, main .button") == []
    assert refused(at_old, "/services/1/password", "/services/1/sso")

    at_old.be(SAM).open("/services/1")
    at_old.set_password("panel").press("Save Changes")
    assert at_old.notice == "The password of the service has been changed."
    at_old.follow("Log in to the Control Panel")
    assert at_old.heading == "Control Panel"
    at_old.open("/services/1").press("Request Cancellation")
    assert "Cancelling" in at_old.text


def test_s3_06_the_second_payer_sees_no_other_section(old: Area, at_old: Surfer) -> None:
    old.sub_account(1, SAM, "invoices")

    at_old.be(SAM).open("/payment-methods")

    assert at_old.words("#addressee") == "Harbour Gallery"
    assert refused(at_old, "/tickets", "/quotes", "/affiliates")


def test_s3_13_s3_14_domains_are_seen_and_their_settings_changed(old: Area, at_old: Surfer) -> None:
    old.sub_account(1, "sees@helpers.example", "domains")
    old.sub_account(1, SAM, "domains", "managedomains")
    old.sub_account(1, "half@helpers.example", "managedomains")

    at_old.be("sees@helpers.example").follow("My Domains", "#menu")
    at_old.follow("harbour.example")
    assert "ns1.x ns2.x" in at_old.text
    assert at_old.all("#nameservers-form") == []

    at_old.be(SAM).open("/domains/2").fill("Nameservers", "ns1.y").press("Change")
    assert at_old.mistake == "A domain needs two nameservers."
    at_old.fill("Nameservers", "ns1.y ns2.y").press("Change")
    assert "ns1.y ns2.y" in at_old.words("dl")

    at_old.be("half@helpers.example")
    assert refused(at_old, "/domains/2")


def test_s3_15_eleven_flags_give_eleven_permissions(old: Area, at_old: Surfer) -> None:
    eleven = [flag for flag in OPENS if flag not in {"quotes", "productsso"}]
    old.sub_account(1, SAM, *eleven)

    at_old.be(SAM)

    assert "My Quotes" not in at_old.menu
    assert refused(at_old, "/quotes", "/services/1/sso")
    assert at_old.open("/services/1").all("main .button") == []
