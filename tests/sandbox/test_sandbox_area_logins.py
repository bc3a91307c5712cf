"""Logins to the client area: passwords of every kind, sessions, cookies, links to look."""

import hashlib
from types import SimpleNamespace

import bcrypt
import pytest
import requests
from area_visitor import ALMA, DATA, DINA, MD5, PASSWORD, Visitor, heading, sub_account

from syncd.sandbox import passwords, running

BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture
def new(api):
    users = [{"id": 1, "email": ALMA, "firstname": "Alma", "lastname": "A", "password": PASSWORD}]
    owner = {"client_id": 1, "user_id": 1, "owner": True}
    api.tell("load", **DATA, users=users, memberships=[owner])
    return api


@pytest.fixture
def old(api):
    api.tell("switches", version="7.10.2")
    api.tell("load", **DATA)
    return api


SALTED = f"{hashlib.md5(b'x7Q12pw').hexdigest()}:x7Q12"  # noqa: S324
KINDS = {
    "bcrypt of PHP": (BCRYPT.replace("$2b$", "$2y$"), True, True),
    "bcrypt, older": (BCRYPT.replace("$2b$", "$2a$"), True, True),
    "bcrypt": (BCRYPT, True, True),
    "salted md5": (SALTED, True, False),
    "md5": (MD5, True, False),
    "the sandbox's own": (passwords.hashed(PASSWORD), True, True),
    "hmac of staff": (f"{'0' * 64}:salt", False, False),
    "blank": ("", False, False),
    "no hash": (PASSWORD, False, False),
}


@pytest.mark.parametrize(("stored", "before", "after"), KINDS.values(), ids=KINDS)
def test_which_stored_passwords_log_in_before_and_after(stored, before, after, api):
    """What only the old release accepts is lost at the new one, unless it is replaced."""
    api.tell("load", clients=DATA["clients"][:1], users=[{"email": DINA, "password_hash": stored}])
    sub_account(api, password=stored)

    assert (Visitor(api).log_in(DINA).status_code == 303) is after
    assert Visitor(api).log_in(DINA, "wrong").status_code == 422
    api.tell("switches", version="7.10.2")
    assert (Visitor(api).log_in(DINA).status_code == 303) is before
    assert Visitor(api).log_in(DINA, "wrong").status_code == 422


@pytest.mark.parametrize("generation", ["old", "new"])
def test_who_forgot_the_password_sets_a_new_one_by_a_link(generation, request):
    """As those must who are attached in silence and whose password is not carried."""
    api = request.getfixturevalue(generation)
    sub_account(api)
    for email in [ALMA, DINA] if generation == "old" else [ALMA]:
        visitor, before = Visitor(api), len(api.get("outbox")["mails"])
        assert "/password/forgot" in visitor.get("/login").text
        for asked in ("nobody@shop.example", email):
            sent = visitor.post("/password/forgot", email=asked)
            assert sent.headers["Location"] == "/login?done=reset-sent"
        (mail,) = api.get("outbox")["mails"][before:]
        assert (mail["kind"], mail["to"]) == ("reset", email)
        path = mail["link"].removeprefix(visitor.url.removesuffix("/"))
        assert email in visitor.get(path).text
        assert visitor.post(path, **twice("a", "b")).status_code == 422
        assert visitor.post(path, **twice("fresh", "fresh")).status_code == 303
        assert Visitor(api).log_in(email, "fresh").status_code == 303
        assert Visitor(api).log_in(email).status_code == 422
        assert visitor.post(path, **twice("x", "x")).status_code == 404
    visitor.post("/password/forgot", email=ALMA)
    link = api.get("outbox")["mails"][-1]["link"]
    api.tell("clock", advance_seconds=7201)
    assert visitor.session.get(link, timeout=30).status_code == 404


def asked_for_link(visitor, email):
    visitor.post("/password/forgot", email=email)
    return visitor.api.get("outbox")["mails"][-1]["link"]


def opens(visitor, link):
    return visitor.session.get(link, timeout=30).status_code == 200


@pytest.mark.parametrize("generation", ["old", "new"])
def test_a_link_counts_no_more_once_the_password_is_another(generation, request):
    visitor = Visitor(request.getfixturevalue(generation))
    link = asked_for_link(visitor, ALMA)
    assert opens(visitor, link)
    visitor.log_in(ALMA)
    set_anew = visitor.post("/password", old_password=PASSWORD, **twice("fresh", "fresh"))
    assert set_anew.status_code == 303
    assert not opens(visitor, link)


def test_who_handed_a_sub_account_over_has_neither_a_link_nor_a_session_left(old):
    sub_account(old)
    former, owner = Visitor(old), Visitor(old)
    link = asked_for_link(former, DINA)
    former.log_in(DINA)
    owner.log_in(ALMA)
    [row] = [row for row in old.get("state")["contacts"] if row["email"] == DINA]
    form = {
        "firstname": "Ida",
        "lastname": "Ito",
        "email": "ida@studio.example",
        "subaccount": "on",
    }
    assert owner.post(f"/contacts/{row['id']}", **form).status_code == 303
    assert not opens(former, link)
    assert former.get("/").url.endswith("/login")


def test_a_link_mailed_to_an_address_counts_no_more_once_its_user_has_another(new):
    visitor = Visitor(new)
    link = asked_for_link(visitor, ALMA)
    visitor.log_in(ALMA)
    form = {"firstname": "Alma", "lastname": "A"}
    assert visitor.post("/profile", email=ALMA, **form).status_code == 303
    assert opens(visitor, link)
    assert visitor.post("/profile", email=DINA, **form).status_code == 303
    assert not opens(visitor, link)


def twice(first, second):
    return {"password": first, "password_again": second}


def test_an_address_that_shows_nothing_is_answered_with_a_page_of_the_area(new):
    browser, program = {"Accept": "text/html,*/*"}, {"Accept": "*/*"}
    visitor = Visitor(new)
    for path, status, title in (("/nothing", 404, "Page Not Found"),
                                ("/users/1/remove/", 404, "Page Not Found")):  # fmt: skip
        shown = visitor.get(path, headers=browser)
        assert (shown.status_code, heading(shown)) == (status, title)
        assert "Log" in shown.text
        plain = visitor.get(path, headers=program)
        assert (plain.status_code, "area.css" in plain.text) == (status, False)
    put = visitor.session.put(f"{visitor.url}/login", headers=browser, timeout=30)
    assert (put.status_code, heading(put)) == (405, "Nothing to Show")


def test_bcrypt_reads_no_more_than_php_does(api):
    assert passwords.matches("x" * 73, bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode())


def test_an_owner_and_two_sub_accounts_of_one_address_enter_by_their_own_passwords(old):
    """Only data put in by hand has that."""
    for client_id, word in ((1, "one"), (2, "two")):
        hashed = hashlib.md5(word.encode()).hexdigest()  # noqa: S324
        sub_account(old, client_id=client_id, email=ALMA, password=hashed)

    for word, account in ((PASSWORD, "Alma Archer"), ("one", "Alma Archer"), ("two", "Two")):
        visitor = Visitor(old)
        visitor.log_in(ALMA, word)
        assert f"Account: <strong>{account}</strong>" in visitor.get("/").text
    assert [look["kind"] for look in old.tell("looks", email=ALMA)["looks"]] == [
        "client",
        "sub-account",
        "sub-account",
    ]


def test_a_closed_account_lets_nobody_in(old):
    sub_account(old, "tickets")
    visitor = Visitor(old).be(DINA)
    old.tell("reset")
    closed = {"clients": [{**DATA["clients"][0], "status": "Closed"}]}
    old.tell("load", **closed)
    sub_account(old, "tickets")

    assert visitor.get("/").url.endswith("/login")
    assert [Visitor(old).log_in(email).status_code for email in (ALMA, DINA)] == [422, 422]


def test_a_login_has_a_new_token_that_no_script_and_no_other_site_gets(new):
    visitor = Visitor(new)
    visitor.get("/login")
    [before] = visitor.session.cookies

    reply = visitor.log_in(ALMA)

    [after] = visitor.session.cookies
    assert (before.name, before.value != after.value) == (after.name, True)
    assert "; HttpOnly; Path=/; SameSite=Lax" in reply.headers["Set-Cookie"]
    port = visitor.url.rpartition(":")[2]
    assert after.name == f"area_{port}"
    visitor.session.cookies.set(before.name, before.value, domain=before.domain, path="/")
    assert visitor.get("/").url.endswith("/login")


def test_the_store_keeps_no_token(new):
    visitor = Visitor(new)
    visitor.log_in(ALMA)
    link = new.tell("looks", email=ALMA)["looks"][0]["url"]
    [cookie] = visitor.session.cookies

    kept = b"".join(path.read_bytes() for path in new.sandbox.file.parent.iterdir())

    assert cookie.value.encode() not in kept
    assert link.rpartition("/")[2].encode() not in kept


def test_a_logout_and_a_reset_end_sessions(new):
    visitor = Visitor(new)
    visitor.log_in(ALMA)
    [cookie] = visitor.session.cookies
    assert visitor.post("/logout").status_code == 303
    visitor.session.cookies.set(cookie.name, cookie.value, domain=cookie.domain, path="/")
    assert visitor.get("/").url.endswith("/login")

    visitor.log_in(ALMA)
    new.tell("reset")
    new.tell("load", users=[{"id": 1, "email": DINA}])
    assert visitor.get("/").url.endswith("/login")


def test_the_headers_forbid_scripts_and_what_is_not_of_this_machine(new):
    headers = Visitor(new).get("/login").headers

    assert "default-src 'none'; style-src 'self'" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize(
    "headers", [{"Host": "shop.example"}, {"Origin": "http://shop.example"}, {"Host": "[::1"}]
)
def test_only_this_machine_is_served(headers, new):
    reply = Visitor(new).get("/login", headers=headers)

    assert (reply.status_code, reply.text) == (403, "The client area is for this machine only.\n")


def test_a_link_to_look_is_for_who_can_log_in_and_ends_after_ten_minutes(new):
    books = new.tell("looks", 404, email="books@tax.example")
    assert books == {"error": "Nobody can log in as 'books@tax.example'."}
    new.tell("clock", now="2026-03-01T09:00:00Z", frozen=True)
    [first] = new.tell("looks", email=ALMA)["looks"]
    [second] = new.tell("looks", email=ALMA)["looks"]
    assert first | {"url": ""} == {
        "kind": "user",
        "id": 1,
        "email": ALMA,
        "name": "Alma A",
        "accounts": [{"client_id": 1, "name": "Alma Archer"}],
        "url": "",
    }

    new.tell("clock", advance_seconds=599)
    assert "You look as" in new.session.get(first["url"], timeout=30).text
    new.tell("clock", advance_seconds=1)
    assert new.session.get(second["url"], timeout=30).status_code == 404
    new.session.cookies.clear()


def test_looking_is_no_login_of_the_person(new):
    Visitor(new).be(ALMA)
    assert new.get("state")["users"][0]["last_login"] is None

    Visitor(new).log_in(ALMA)
    assert new.get("state")["users"][0]["last_login"] is not None


def test_a_token_of_a_link_is_no_cookie(new):
    [look] = new.tell("looks", email=ALMA)["looks"]
    visitor = Visitor(new)
    visitor.get("/login")
    [cookie] = visitor.session.cookies
    token = look["url"].rpartition("/")[2]
    visitor.session.cookies.set(cookie.name, token, domain=cookie.domain, path="/")

    assert visitor.get("/").url.endswith("/login")


def test_the_area_of_a_sandbox_in_a_mariadb(mariadb):
    """Its tables are WHMCS's own there, and its times are no text."""
    users = [{"id": 1, "email": ALMA, "firstname": "Alma", "password": PASSWORD}]
    owner = {"client_id": 1, "user_id": 1, "owner": True}
    with mariadb.database("") as tables, running(database=tables.url) as sandbox:
        data = {**DATA, "users": users, "memberships": [owner]}
        requests.post(f"{sandbox.control}/load", json=data, timeout=30).raise_for_status()
        visitor = Visitor(SimpleNamespace(sandbox=sandbox))

        assert visitor.log_in(ALMA).headers["Location"] == "/"
        invited = visitor.post("/users/invite", email=DINA, grant="all")
        assert invited.headers["Location"] == "/users?done=invited"
        assert DINA in visitor.get("/users").text
        assert visitor.post("/tickets/5", message="Still slow.").status_code == 303
        assert "Still slow." in visitor.get("/tickets/5").text
        assert visitor.post("/order", product="server", account="1").status_code == 303
        assert "Virtual Server" in visitor.get("/invoices").text
