"""The client area over HTTP: who may open a page, and what a form needs. People: tests/browser."""

import pytest
from area_visitor import ALMA, BOOKS, DATA, DINA, Visitor, heading, sub_account

from syncd.sandbox import schema
from syncd.sandbox.area.menu import ENTRIES
from syncd.sandbox.area.notices import NOTICES
from syncd.sandbox.area.pages import ACCOUNT, ANYBODY, OWNER, PAGES, PERSON
from syncd.sandbox.area.permissions import PERMISSIONS, PREFERENCES

PLACES = {
    "<int:service_id>": "1",
    "<int:domain_id>": "2",
    "<int:invoice_id>": "3",
    "<int:quote_id>": "4",
    "<int:contact_id>": "1",
    "<int:user_id>": "2",
    "<int:invite_id>": "1",
    "<int:email_id>": "1",
    "<number>": "5",
}
# A second permission that a page needs, because it works on what the first one shows.
PAIRS = {
    "/services/1/password": "products",
    "/services/1/cancel": "products",
    "/services/1/sso": "products",
    "/domains/2/nameservers": "domains",
}
GUARDED = [page for page in PAGES if page.needs not in {ANYBODY, PERSON, ACCOUNT}]


def typed(page):
    path = page.path
    for place, number in PLACES.items():
        path = path.replace(place, number)
    return path


def ask(visitor, page):
    return (visitor.get if page.method == "GET" else visitor.post)(typed(page))


def fill(api, generation, *rights):
    """Let Alma own account 1, which has one thing of each kind, and Dina be on it."""
    api.tell("reset", switches=True)
    api.tell("load", **DATA)
    letter = {"customtype": "general", "customsubject": "Hello", "custommessage": "Hello."}
    api("SendEmail", id=1, **letter)
    if generation == 7:
        api.tell("switches", version="7.10.2")
        sub_account(api, *rights)
        return
    users = [{"id": 1, "email": ALMA}, {"id": 2, "email": DINA}]
    links = [
        {"client_id": 1, "user_id": 1, "owner": True},
        {"client_id": 1, "user_id": 2, "permissions": list(rights)},
    ]
    invites = [{"id": 1, "client_id": 1, "email": BOOKS, "permissions": ["tickets"]}]
    api.tell("load", users=users, memberships=links, invites=invites)


def test_every_permission_guards_a_page_and_has_a_label():
    needs = {page.needs for page in PAGES}

    assert needs == {*schema.PERMISSIONS, ANYBODY, PERSON, ACCOUNT, OWNER}
    assert [tick.key for tick in PERMISSIONS] == list(schema.PERMISSIONS)
    assert {tick.key for tick in PREFERENCES} == set(schema.PREFERENCES)


def test_every_entry_of_the_menu_leads_to_a_page_with_the_same_guard():
    for entry in ENTRIES:
        pages = [page for page in PAGES if (page.method, page.path) == ("GET", entry.path)]
        for generation in entry.generations:
            needs = [page.needs for page in pages if generation in page.generations]
            assert needs in ([entry.needs], [ANYBODY]), entry


@pytest.mark.parametrize("generation", [7, 8])
def test_every_page_refuses_who_has_all_rights_but_the_one_it_needs(generation, api):
    """Whatever is typed or sent; and nothing has changed then."""
    for needs in sorted({page.needs for page in GUARDED}):
        fill(api, generation, *(key for key in schema.PERMISSIONS if key != needs))
        visitor, before = Visitor(api).be(DINA), api.get("state")
        for page in GUARDED:
            if page.needs == needs and generation in page.generations:
                reply = ask(visitor, page)
                assert (reply.status_code, heading(reply)) == (403, "Access Denied"), page.path
        assert api.get("state") == before


@pytest.mark.parametrize(("path", "also"), PAIRS.items())
def test_what_is_done_with_a_thing_needs_the_right_to_see_it(path, also, api):
    fill(api, 8, *(key for key in schema.PERMISSIONS if key != also))

    pages = [page for page in PAGES if typed(page) == path]

    assert pages
    assert {ask(Visitor(api).be(DINA), page).status_code for page in pages} == {403}


@pytest.mark.parametrize("generation", [7, 8])
def test_every_page_is_shown_to_the_owner(generation, api):
    fill(api, generation, "tickets")
    visitor = Visitor(api).be(ALMA)

    codes = {
        typed(page): ask(visitor, page).status_code
        for page in PAGES
        if page.method == "GET" and generation in page.generations and "<token>" not in page.path
    }

    assert {path for path, code in codes.items() if code != 200} == set()


@pytest.mark.parametrize("generation", [7, 8])
def test_who_is_not_logged_in_is_led_to_the_login(generation, api):
    fill(api, generation)
    for page in PAGES:
        if page.needs != ANYBODY and generation in page.generations:
            reply = ask(Visitor(api), page)
            assert reply.url.endswith("/login") or reply.headers["Location"] == "/login", page


def test_pages_of_one_generation_are_not_in_the_other(api):
    fill(api, 7)
    codes = [
        ask(Visitor(api).be(ALMA), page).status_code for page in PAGES if page.path == "/users"
    ]
    assert codes == [404]


@pytest.mark.parametrize("page", [page for page in PAGES if page.method == "POST"])
def test_no_form_counts_without_its_token(page, api):
    generation = max(page.generations)
    fill(api, generation)
    visitor = Visitor(api).be(ALMA)
    before = api.get("state")

    for token in ("", "x", "0" * 64):
        reply = visitor.post(typed(page).replace("<token>", "none"), sent=token)
        assert reply.status_code == 403, page.path

    assert api.get("state") == before


def test_the_token_of_one_visitor_is_no_good_for_another(api):
    fill(api, 8)
    mine, other = Visitor(api).be(ALMA), Visitor(api).be(DINA)

    assert mine.post("/affiliates", sent=other.form_token()).status_code == 403
    assert mine.post("/affiliates", sent=mine.form_token()).status_code == 303


def test_every_notice_that_a_page_leaves_has_words(api):
    """A short name without a sentence would be silence."""
    fill(api, 8)
    reply = Visitor(api).be(ALMA).post("/affiliates")

    name = reply.headers["Location"].partition("?done=")[2]
    assert NOTICES[name] == "The withdrawal has been requested."
    assert "notice" not in Visitor(api).get("/login?done=<b>nobody</b>").text


def test_what_people_typed_is_shown_as_text(api):
    fill(api, 8)
    visitor = Visitor(api).be(ALMA)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in visitor.get("/services").text
    reply = visitor.post("/tickets/new", subject='"><img src=x>', message="")
    assert reply.status_code == 422
    assert 'value="&#34;&gt;&lt;img src=x&gt;"' in reply.text


def test_what_another_account_has_is_not_there(api):
    fill(api, 8)
    api.tell("load", users=[{"id": 9, "email": BOOKS}])
    api.tell("load", memberships=[{"client_id": 2, "user_id": 9, "owner": True}])
    stranger, before = Visitor(api).be(BOOKS), api.get("state")
    things = [page for page in PAGES if "<" in page.path and page.needs != ANYBODY]

    codes = {page.path: ask(stranger, page).status_code for page in things}

    assert {path for path, code in codes.items() if code != 404} == set()
    assert api.get("state") == before


def test_a_number_that_no_column_holds_is_not_there(api):
    fill(api, 8)
    visitor = Visitor(api).be(ALMA)

    assert visitor.get(f"/services/{2**31}").status_code == 404
    assert visitor.post(f"/users/{10**30}").status_code == 404


def opens(api, generation, right):
    """Give the pages that somebody with one right can open."""
    fill(api, generation, right)
    visitor = Visitor(api).be(DINA)
    pages = [page for page in PAGES if page.method == "GET" and page.needs in schema.PERMISSIONS]
    return {page.path for page in pages if ask(visitor, page).status_code == 200}


@pytest.mark.parametrize("right", schema.PERMISSIONS)
def test_a_right_opens_the_same_pages_before_and_after(right, api):
    """But for ordering, which from 8.0 on nobody needs a right for who opens an own account."""
    before, after = opens(api, 7, right), opens(api, 8, right)

    assert before - {"/order"} == after - {"/order"}
    assert ("/order" in before) is (right == "orders")
    assert before or right in {"manageproducts", "productsso", "managedomains"}
