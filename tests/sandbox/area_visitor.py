"""Somebody with a jar of cookies and no browser, and an account with a little of everything."""

import hashlib
import re

import requests

ALMA, DINA, BOOKS = "alma@shop.example", "dina@studio.example", "books@tax.example"
PASSWORD = "pw"  # noqa: S105 - invented
MD5 = hashlib.md5(PASSWORD.encode()).hexdigest()  # noqa: S324
DATA = {
    "clients": [
        {"id": 1, "firstname": "Alma", "lastname": "Archer", "email": ALMA, "password": MD5},
        {"id": 2, "companyname": "Two", "email": "two@shop.example"},
    ],
    "holdings": [
        {"id": 1, "client_id": 1, "kind": "service", "name": "<script>alert(1)</script>"},
        {"id": 2, "client_id": 1, "kind": "domain", "name": "a.example"},
        {"id": 3, "client_id": 1, "kind": "invoice", "name": "March"},
        {"id": 4, "client_id": 1, "kind": "quote", "name": "Shop"},
    ],
    "tickets": [{"client_id": 1, "number": "5", "subject": "Slow"}],
    "contacts": [{"id": 1, "client_id": 1, "email": BOOKS}],
}


class Visitor:
    def __init__(self, api):
        self.api = api
        self.url = api.sandbox.url
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path, **options):
        return self.session.get(f"{self.url}{path}", timeout=30, **options)

    def post(self, path, *, sent=None, **form):
        """Send a form with the token that the pages show this visitor, unless with another."""
        form["token"] = self.form_token() if sent is None else sent
        return self.session.post(f"{self.url}{path}", form, timeout=30, allow_redirects=False)

    def form_token(self):
        return re.search(r'name="token" value="(\w+)"', self.get("/support").text)[1]

    def log_in(self, email, password=PASSWORD):
        return self.post("/login", email=email, password=password)

    def be(self, email):
        """Enter by the link of staff; into the first account where there are several."""
        self.session.cookies.clear()
        [look, *_] = self.api.tell("looks", email=email)["looks"]
        self.session.get(look["url"], timeout=30)
        return self


def sub_account(api, *flags, **columns):
    row = {"client_id": 1, "email": DINA, "subaccount": True, "password": MD5}
    api.tell("load", contacts=[row | {"permissions": ",".join(flags)} | columns])


def heading(reply):
    return re.search(r"<h1>(.*?)</h1>", reply.text)[1]
