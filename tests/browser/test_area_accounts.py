"""Generation 8, as S1 and S4 tell it: users log in, and choose among their accounts."""

from areas import ALMA, BEN, DINA, NORA, PASSWORD, Area
from surfer import Surfer

EVERY_ENTRY = [
    *("Home", "My Services", "Order New Services", "My Domains", "My Invoices", "My Quotes"),
    *("Payment Methods", "Tickets", "Open Ticket", "Affiliates"),
]
OWNERS_OWN_MENU = [
    *("Account Details", "User Management", "Contacts", "Email History", "Your Profile"),
    *("Change Password", "Switch Account", "Logout"),
]


def choose(at: Surfer, account: str) -> Surfer:
    return at.press(account, "#choose-form")


def test_s1_02_s1_03_s1_04_an_owner_alone_logs_in_as_before_and_notices_nothing(
    new: Area, at_new: Surfer
) -> None:
    """The password is the old one, whose hash was carried along; nothing is chosen."""
    at_new.log_in(ALMA, PASSWORD)

    assert (at_new.path, at_new.heading) == ("/", "Welcome Back, Alma")
    assert "Gallery Hosting" in at_new.open("/services").text
    assert (new.mails(), new.ask("invites")["invites"]) == ([], [])


def test_s1_05_s1_10_a_users_profile_is_no_accounts_details(new: Area, at_new: Surfer) -> None:
    at_new.log_in(ALMA, PASSWORD).choose_from_own_menu("Your Profile")
    at_new.fill("Last Name", "Ash").fill("Email Address", "alma@ash.example")
    at_new.press("Save Changes")

    assert at_new.notice == "Your profile has been saved. It changes no account's details."
    client = new.ask("state")["clients"][0]
    assert (client["lastname"], client["email"]) == ("Archer", ALMA)
    at_new.choose_from_own_menu("Account Details")
    assert at_new.field("Last Name").get_property("value") == "Archer"
    assert at_new.log_in("alma@ash.example", PASSWORD).path == "/"


def test_s1_06_s1_24_s4_28_several_accounts_are_chosen_from_after_each_login(
    new: Area, at_new: Surfer
) -> None:
    """An account has a company's name, or that of a person; only its data is shown."""
    for client_id, permission in ((1, "products"), (2, "invoices"), (3, "tickets")):
        new.member(client_id, DINA, permission)

    for account, sees, not_there in (
        ("Harbour Gallery", "/services", "/invoices"),
        ("Old Mill Brewery", "/invoices", "/services"),
    ):
        at_new.log_in(DINA, PASSWORD)
        assert (at_new.path, at_new.heading) == ("/accounts", "Choose Account")
        names = at_new.texts("#choose-form .name")
        assert names == ["Harbour Gallery", "Nora North", "Old Mill Brewery"]
        assert at_new.menu == []

        choose(at_new, account)

        assert account in at_new.words("#account")
        assert account.split()[-1] in at_new.open(sees).text
        assert at_new.open(not_there).heading == "Access Denied"


def test_s4_27_who_has_one_account_is_signed_straight_into_it(new: Area, at_new: Surfer) -> None:
    new.member(2, DINA, "invoices")

    at_new.log_in(DINA, PASSWORD)

    assert at_new.path == "/"
    assert "Old Mill Brewery" in at_new.words("#account")


def test_s1_25_two_arrows_lead_to_the_other_accounts(new: Area, at_new: Surfer) -> None:
    new.member(2, ALMA, "invoices")
    choose(at_new.be(ALMA), "Harbour Gallery")

    assert at_new.texts("#switch-account") == ["⇄ Switch Account"]
    at_new.follow("⇄ Switch Account")
    choose(at_new, "Old Mill Brewery")

    assert at_new.notice == "You are now on this account."
    assert at_new.menu == ["Home", "My Invoices", "Payment Methods"]


def test_s1_07_s4_05_an_account_has_products_domains_and_invoices(
    new: Area, at_new: Surfer
) -> None:
    at_new.be(ALMA)

    shown = {path: at_new.open(path).text for path in ("/services", "/domains", "/invoices")}

    assert "Gallery Hosting" in shown["/services"]
    assert "harbour.example" in shown["/domains"]
    assert "Gallery March" in shown["/invoices"]


def test_s1_08_s1_18_an_invoice_names_the_account_and_not_who_looks(
    new: Area, at_new: Surfer
) -> None:
    new.member(1, DINA, "invoices")

    at_new.be(DINA).open("/invoices").follow("#")

    assert at_new.words("#addressee").splitlines()[:2] == ["Harbour Gallery", "Alma Archer"]
    assert "Dina" not in at_new.text


def test_s1_20_a_contact_chosen_for_it_is_on_the_invoices(new: Area, at_new: Surfer) -> None:
    """An agency gets its customer's invoices in its own name, and the customer has access."""
    agency = {"id": 8, "client_id": 9, "companyname": "Studio Dina", "email": DINA}
    customer = {"id": 9, "companyname": "Corner Shop", "email": "c@shop.example", "billingcid": 8}
    bill = {"client_id": 9, "kind": "invoice", "name": "Hosting", "status": "Unpaid"}
    new.add(clients=[customer], contacts=[agency], holdings=[bill])
    new.member(9, "cara@shop.example", "invoices")

    at_new.be("cara@shop.example").open("/invoices").follow("#")

    assert at_new.words("#addressee").startswith("Studio Dina")


def test_s1_09_s2_05_an_address_is_one_user(new: Area, at_new: Surfer) -> None:
    new.member(1, DINA, "tickets")

    at_new.be(DINA).open("/profile").fill("Email Address", BEN)
    at_new.press("Save Changes")

    assert at_new.mistake == "A user already exists with that email address"


def test_s1_11_s1_23_the_owner_sees_all_users_with_the_owner_first_and_marked(
    new: Area, at_new: Surfer
) -> None:
    new.member(1, DINA, "tickets")
    new.member(1, "aaron@first.example", "domains")

    at_new.be(ALMA).choose_from_own_menu("User Management")

    users = at_new.texts("#users tbody th")
    assert [text.splitlines()[0] for text in users] == [
        "Alma Archer Owner",
        "Aaron User",
        "Dina User",
    ]


def test_s1_12_s4_08_s4_11_an_owner_is_not_removed(new: Area, at_new: Surfer) -> None:
    at_new.be(ALMA).open("/users")

    assert at_new.texts("#users a") == ["Change the owner"]
    for path in ("/users/1", "/users/1/remove"):
        assert at_new.open(path).heading == "Page Not Found"


def test_s1_21_s1_22_only_support_changes_the_owner_and_is_asked_in_a_ticket(
    new: Area, at_new: Surfer
) -> None:
    at_new.be(ALMA).open("/users").follow("Change the owner")

    assert "Only our support can make somebody else the owner" in at_new.text
    assert "Harbour Gallery, #1" in at_new.text
    at_new.follow("Open a ticket").fill_in(Subject="New owner", Message="Dina, of #1")
    at_new.press("Submit")
    assert new.ask("state")["tickets"][-1]["user_id"] == 1


def test_s4_06_a_user_without_an_account_is_told_so(new: Area, at_new: Surfer) -> None:
    new.member(1, DINA, "tickets")
    new.tell("members", client_id=1, email=DINA, permissions=None)

    at_new.log_in(DINA, PASSWORD)

    assert at_new.path == "/accounts"
    assert "You have access to no account." in at_new.words("#none")
    assert at_new.open("/invoices").path == "/accounts"


def test_s4_28_a_closed_account_is_shown_and_cannot_be_chosen(new: Area, at_new: Surfer) -> None:
    new.add(clients=[{"id": 7, "companyname": "Shut Shop", "status": "Closed"}])
    new.member(7, ALMA, "orders")

    at_new.be(ALMA)

    assert at_new.words("#choose-form button:disabled").startswith("Shut Shop")
    choose(at_new, "Harbour Gallery").open("/order")
    assert not at_new.field("Shut Shop (closed)").is_enabled()


def test_s4_13_the_owner_may_do_everything(new: Area, at_new: Surfer) -> None:
    at_new.be(NORA)

    assert (at_new.menu, at_new.own_menu) == (EVERY_ENTRY, OWNERS_OWN_MENU)


def test_s4_12_the_clients_own_login_owns_it_whatever_else_it_is(new: Area, at_new: Surfer) -> None:
    new.contact(1, ALMA, "invoice")
    new.member(2, ALMA, "tickets")

    at_new.be(ALMA)

    marks = dict(zip(at_new.texts(".name"), at_new.texts(".marks"), strict=True))
    assert "Owner" in marks["Harbour Gallery"]
    assert "Owner" not in marks["Old Mill Brewery"]


def test_s4_04_s4_17_odd_sets_are_seen_as_they_are(new: Area, at_new: Surfer) -> None:
    """Tickets and no billing; quotes and old mail and nothing else."""
    new.member(1, DINA, "tickets")
    new.member(1, "odd@first.example", "quotes", "emails")

    at_new.be(DINA)
    assert at_new.menu == ["Home", "Tickets", "Open Ticket"]
    assert at_new.open("/invoices").heading == "Access Denied"

    at_new.be("odd@first.example")
    assert at_new.menu == ["Home", "My Quotes"]
    assert "Email History" in at_new.own_menu


def test_s4_29_tickets_are_the_accounts_whoever_opened_them(new: Area, at_new: Surfer) -> None:
    new.member(1, DINA, "tickets")

    at_new.be(DINA).follow("Tickets", "#menu")
    assert at_new.texts("#tickets tbody a") == ["Gallery is slow"]
    at_new.follow("Gallery is slow").fill("Reply", "Since Monday.").press("Submit")

    at_new.be(ALMA).open("/tickets/100001")
    assert at_new.texts("#posts .message") == ["Very slow.", "Since Monday."]
    assert "Dina User (Authorized User)" in at_new.text
    assert at_new.open("/tickets/100002").heading == "Page Not Found"


def test_s4_02_s4_09_s4_16_rights_are_given_account_by_account(new: Area, at_new: Surfer) -> None:
    """One user on many accounts; what changes on one leaves the others alone."""
    for client_id in (1, 2, 3):
        new.member(client_id, DINA, "tickets")

    at_new.be(ALMA).open("/users").follow("Manage Permissions")
    assert at_new.is_ticked("View & Open Support Tickets")
    at_new.tick("View & Open Support Tickets", on=False).tick("View Domains").press("Save Changes")

    assert at_new.notice == "The permissions have been saved."
    rights = [new.permissions(client_id, DINA) for client_id in (1, 2, 3)]
    assert rights == [["domains"], ["tickets"], ["tickets"]]
    choose(at_new.be(DINA), "Harbour Gallery")
    assert at_new.menu == ["Home", "My Domains"]


def test_s4_10_a_designers_accounts_show_nothing_of_each_other(new: Area, at_new: Surfer) -> None:
    for client_id in (1, 2):
        new.member(client_id, DINA, "products", "invoices", "tickets", "contacts")
    choose(at_new.be(DINA), "Harbour Gallery")

    seen = [at_new.open(path).words("body") for path in ("/services", "/invoices", "/tickets")]

    assert not any("Brewery" in text for text in seen)
    assert at_new.open("/services/5").heading == "Page Not Found"
    assert at_new.open("/invoices/6").heading == "Page Not Found"


def test_s1_19_s2_03_an_agency_has_one_login_and_an_account_for_each_customer(
    new: Area, at_new: Surfer
) -> None:
    new.add(clients=[{"id": n, "companyname": f"Customer {n}"} for n in range(10, 20)])
    for client_id in range(10, 20):
        new.member(client_id, DINA, "products", "domains")

    at_new.be(DINA)

    assert at_new.texts(".name") == [f"Customer {n}" for n in range(10, 20)]
    assert "Customer 14" in choose(at_new, "Customer 14").words("#account")


def test_s4_23_user_management_is_under_hello_and_the_name(new: Area, at_new: Surfer) -> None:
    at_new.be(BEN)

    assert at_new.words("#hello summary") == "Hello, Ben!"
    assert at_new.choose_from_own_menu("User Management").heading == "User Management"
