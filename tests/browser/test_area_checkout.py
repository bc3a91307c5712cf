"""Generation 8: ordering makes accounts, and whose they are, as S1 and S4 tell it."""

from areas import ALMA, BEN, DINA, Area
from surfer import Surfer

DETAILS = {
    "First_Name": "Dina",
    "Last_Name": "Dee",
    "Address_1": "1 Lane",
    "City": "Leeds",
    "State/Region": "Yorkshire",
    "Zip_Code": "LS1",
    "Phone_Number": "0113 496 0000",
}


def fill_details(at: Surfer, email: str, company: str = "") -> Surfer:
    at.fill_in(**DETAILS, Email_Address=email, Company_Name=company)
    return at.fill("Country (two letters)", "GB")


def owned(area: Area, email: str) -> list[int]:
    state = area.ask("state")
    user_id = next(user["id"] for user in state["users"] if user["email"] == email)
    links = state["memberships"]
    return [link["client_id"] for link in links if link["user_id"] == user_id and link["owner"]]


def test_s1_13_s4_07_s4_08_ordering_makes_a_user_an_account_and_its_owner(
    new: Area, at_new: Surfer
) -> None:
    """The user is made of the account's profile."""
    at_new.open("/login").follow("Order, and open an account")
    fill_details(at_new, DINA, "Studio Dina").set_password("her own").press("Complete Order")

    assert at_new.notice.startswith("Your order is placed. The new account is yours")
    assert "Studio Dina" in at_new.words("#account")
    assert at_new.words("#hello summary") == "Hello, Dina!"
    assert owned(new, DINA) == [4]
    assert "Web Hosting Starter" in at_new.open("/invoices").text
    assert at_new.log_in(DINA, "her own").path == "/"


def test_s1_14_s1_15_s4_15_a_logged_in_user_opens_a_further_account(
    new: Area, at_new: Surfer
) -> None:
    """The same login, no user more; invoices and products strictly apart."""
    at_new.be(ALMA).follow("Order New Services", "#menu")
    at_new.tick("Create a new account")
    fill_details(at_new, "project@harbour.example", "Project").press("Complete Order")

    assert "Project" in at_new.words("#account")
    assert owned(new, ALMA) == [1, 4]
    assert len(new.ask("state")["users"]) == 3
    assert at_new.texts("#menu a")[0] == "Home"
    assert "Gallery" not in at_new.open("/services").text
    at_new.be(ALMA)
    assert at_new.texts(".marks .owner") == ["Owner", "Owner"]
    at_new.press("Harbour Gallery").open("/services")
    assert "Web Hosting" not in at_new.text


def test_s1_14_who_may_not_order_for_an_account_cannot_choose_it(new: Area, at_new: Surfer) -> None:
    new.member(1, DINA, "orders")
    new.member(2, DINA, "products")
    at_new.be(DINA).press("Old Mill Brewery")
    assert "Order New Services" not in at_new.menu

    at_new.open("/order")
    assert not at_new.field("Old Mill Brewery (you may not place orders here)").is_enabled()
    at_new.tick("Harbour Gallery", "Virtual Server, 29.00 a month").press("Complete Order")

    assert "Harbour Gallery" in at_new.words("#account")
    assert new.ask("state")["holdings"][-1] | {"id": 0, "date": ""} == {
        "id": 0,
        "client_id": 1,
        "kind": "invoice",
        "name": "Virtual Server",
        "status": "Unpaid",
        "amount": 29.0,
        "date": "",
        "detail": "",
    }


def test_s1_14_what_cannot_be_opened_makes_nothing(new: Area, at_new: Surfer) -> None:
    at_new.open("/order")
    fill_details(at_new, BEN).set_password("x").press("Complete Order")

    assert at_new.mistake == "A user already exists with that email address"
    assert at_new.field("City").get_property("value") == "Leeds"

    at_new.fill("Email Address", "dan@dee.example").fill("Phone Number", "none")
    at_new.set_password("x").press("Complete Order")

    assert at_new.mistake == "Invalid telephone phone number"
    state = new.ask("state")
    assert (len(state["users"]), len(state["clients"])) == (3, 3)
