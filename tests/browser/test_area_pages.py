"""How the pages are made: for a phone, for who cannot see them, and for staff who look."""

import pytest
from areas import ALMA, DINA, PASSWORD, Area
from surfer import Surfer

PAGES = [
    *("/", "/accounts", "/users", "/contacts", "/contacts/new", "/services/1", "/domains/2"),
    *("/invoices/3", "/quotes", "/tickets", "/tickets/100001", "/order", "/details", "/password"),
]
# What a screen reader needs; each gives what is wrong.
FAULTS = """
const all = (css) => [...document.querySelectorAll(css)];
return [
    ...["main", "header", "footer", "h1"].filter(tag => all(tag).length !== 1),
    ...all("input:not([type=hidden]), select, textarea").filter(f => !f.labels.length)
        .map(f => `${f.name} has no label`),
    ...all("[id]").filter(e => all(`[id="${e.id}"]`).length > 1).map(e => `twice #${e.id}`),
    ...all("[aria-labelledby], [aria-describedby]")
        .flatMap(e => [e.getAttribute("aria-labelledby"), e.getAttribute("aria-describedby")])
        .filter(id => id && !document.getElementById(id)).map(id => `no #${id}`),
    ...all("nav").filter(e => !e.getAttribute("aria-label")).map(() => "nav without a name"),
    ...all("a, button").filter(e => !e.textContent.trim()).map(e => `empty ${e.outerHTML}`),
    ...all("script, [onclick], [style]").map(e => `not plain: ${e.outerHTML}`),
    ...(document.documentElement.lang === "en" ? [] : ["no language"]),
]"""
TOO_WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_every_page_has_its_landmarks_and_every_field_a_label(new: Area, at_new: Surfer) -> None:
    new.member(1, DINA, "tickets")
    new.contact(1, "books@tax.example", "invoice")
    at_new.be(ALMA)

    faults = {page: at_new.open(page).driver.execute_script(FAULTS) for page in PAGES}

    assert {page: found for page, found in faults.items() if found} == {}


def test_no_page_is_wider_than_a_phone(new: Area, at_new: Surfer) -> None:
    new.member(1, "somebody.with.a.very.long.address@a-rather-long-domain.example", "tickets")
    new.contact(1, "books@tax.example", "invoice", "general", "support")
    at_new.be(ALMA)
    at_new.driver.set_window_size(390, 800)
    try:
        wide = {page: at_new.open(page).driver.execute_script(TOO_WIDE) for page in PAGES}
    finally:
        at_new.driver.set_window_size(1280, 900)

    assert {page: pixels for page, pixels in wide.items() if pixels > 0} == {}


def test_the_keyboard_skips_to_the_content_first(new: Area, at_new: Surfer) -> None:
    at_new.be(ALMA).first("body").send_keys("\ue004")  # the tabulator

    assert at_new.driver.switch_to.active_element.text == "Skip to content"


@pytest.mark.parametrize("generation", ["7", "8"])
def test_staff_look_as_a_person_through_a_link_that_works_once(
    generation: str, old: Area, new: Area, at_old: Surfer, at_new: Surfer
) -> None:
    old.sub_account(1, DINA, "domains")
    new.member(1, DINA, "domains")
    area, at = (old, at_old) if generation == "7" else (new, at_new)
    link = area.look(DINA)

    at.forget()
    at.open(link)

    assert at.words("#looking").startswith("You look as Dina")
    assert at.menu == ["Home", "My Domains"]
    at.forget()
    assert at.open(link).heading == "Page Not Found"


def test_both_areas_are_looked_at_side_by_side_in_one_browser(
    old: Area, new: Area, at_old: Surfer, at_new: Surfer
) -> None:
    """Cookies know no ports: each area has its own, and neither logs the other out."""
    old.sub_account(1, DINA, "domains", "tickets")
    new.member(1, DINA, "domains")

    at_old.log_in(DINA, PASSWORD)
    at_new.open(new.look(DINA))

    assert at_new.open("/").menu == ["Home", "My Domains"]
    assert at_old.open("/").menu == ["Home", "My Domains", "Tickets", "Open Ticket"]
    assert at_old.choose_from_own_menu("Logout").press("Logout").notice == "You are logged out."
    assert at_old.open("/domains").path == "/login"
    assert at_new.open("/domains").heading == "My Domains"


def test_a_changed_password_counts_and_logs_out_elsewhere(new: Area, at_new: Surfer) -> None:
    at_new.log_in(ALMA, PASSWORD)
    elsewhere = at_new.cookies[0]
    at_new.log_in(ALMA, PASSWORD).choose_from_own_menu("Change Password")

    at_new.fill("Existing Password", "wrong").set_password("new").press("Save Changes")
    assert at_new.mistake == "Your existing password was not correct."
    at_new.fill("Existing Password", PASSWORD).set_password("new").press("Save Changes")
    assert at_new.notice == "Your password has been changed."

    assert at_new.open("/").path == "/"
    at_new.forget()
    at_new.driver.add_cookie(elsewhere)
    assert at_new.open("/").path == "/login"
    assert at_new.log_in(ALMA, "new").path == "/"
