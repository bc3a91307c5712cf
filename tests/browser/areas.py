"""Two installations of one invented host, before and after: who there is, and what they own."""

import hashlib
from collections.abc import Mapping
from typing import Any

from control import direct_session

from syncd.sandbox import Sandbox

PASSWORD = "correct horse"  # noqa: S105 - invented
# bcrypt of the same, of the cheapest kind, as PHP writes it; and what an older release kept.
BCRYPT = "$2y$04$bM91ct8Z9z9kNtrSMsO.tOvXEnM2juugJ3Vf/2ToysocSViHoVsVu"
_SALT = "x7Q12"
MD5 = f"{hashlib.md5(f'{_SALT}{PASSWORD}'.encode()).hexdigest()}:{_SALT}"  # noqa: S324

ALMA, BEN, NORA = "alma@harbour.example", "ben@oldmill.example", "nora@north.example"
DINA = "dina@studio.example"

_CLIENTS = [
    {
        "id": 1,
        "firstname": "Alma",
        "lastname": "Archer",
        "companyname": "Harbour Gallery",
        "email": ALMA,
        "address1": "1 Quay Street",
        "city": "Whitby",
    },
    {
        "id": 2,
        "firstname": "Ben",
        "lastname": "Bright",
        "companyname": "Old Mill Brewery",
        "email": BEN,
    },
    {"id": 3, "firstname": "Nora", "lastname": "North", "email": NORA},
]
_HOLDINGS = [
    {"client_id": 1, "kind": "service", "name": "Gallery Hosting", "amount": 12.5},
    {"client_id": 1, "kind": "domain", "name": "harbour.example", "detail": "ns1.x ns2.x"},
    {
        "client_id": 1,
        "kind": "invoice",
        "name": "Gallery March",
        "status": "Unpaid",
        "amount": 12.5,
    },
    {"client_id": 1, "kind": "quote", "name": "Gallery Shop", "status": "Delivered", "amount": 900},
    {"client_id": 2, "kind": "service", "name": "Brewery Hosting", "amount": 30},
    {"client_id": 2, "kind": "invoice", "name": "Brewery March", "status": "Unpaid", "amount": 30},
]
_TICKETS = [
    {"client_id": 1, "number": "100001", "subject": "Gallery is slow", "message": "Very slow.",
     "name": "Alma Archer", "email": ALMA, "date": "2026-03-01 09:00:00"},
    {"client_id": 2, "number": "100002", "subject": "Brewery mail", "message": "None comes.",
     "name": "Ben Bright", "email": BEN, "date": "2026-03-02 09:00:00"},
]  # fmt: skip


class Area:
    """The area of a sandbox, and what happens behind its back."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = direct_session()

    def tell(self, path: str, **body: Any) -> Any:
        reply = self.session.post(f"{self.sandbox.control}/{path}", json=body, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def ask(self, path: str) -> Any:
        return self.session.get(f"{self.sandbox.control}/{path}", timeout=30).json()

    def add(self, **data: Any) -> None:
        self.tell("load", **data)

    def sub_account(self, client_id: int, email: str, *flags: str, **columns: Any) -> None:
        name = email.partition("@")[0].title()
        row = {
            "client_id": client_id,
            "email": email,
            "firstname": name,
            "lastname": "Sub",
            "subaccount": True,
            "permissions": ",".join(flags),
            "password": MD5,
        }
        self.add(contacts=[row | columns])

    def contact(self, client_id: int, email: str, *mails: str) -> None:
        """Add a contact, who gets these kinds of mail."""
        self.sub_account(
            client_id,
            email,
            subaccount=False,
            password="",
            email_preferences=dict.fromkeys(mails, True),
        )

    def member(self, client_id: int, email: str, *permissions: str) -> None:
        """Add a membership; a new user has the usual password."""
        users = {user["email"] for user in self.ask("state")["users"]}
        if email not in users:
            name = email.partition("@")[0].title()
            user = {"email": email, "firstname": name, "lastname": "User", "password": PASSWORD}
            self.add(users=[user])
        self.tell("members", client_id=client_id, email=email, permissions=list(permissions))

    def mails(self, **like: Any) -> list[Mapping[str, Any]]:
        return [mail for mail in self.ask("outbox")["mails"] if like.items() <= mail.items()]

    def link(self, email: str) -> str:
        """Give the link of the latest invitation to an address."""
        return str(self.mails(kind="invite", to=email)[-1]["link"])

    def look(self, email: str) -> str:
        """Give a link to enter as whoever logs in under that address."""
        return str(self.tell("looks", email=email)["looks"][0]["url"])

    def permissions(self, client_id: int, email: str) -> list[str] | None:
        state = self.ask("state")
        user_id = next(user["id"] for user in state["users"] if user["email"] == email)
        return next(
            (
                link["permissions"]
                for link in state["memberships"]
                if (link["client_id"], link["user_id"]) == (client_id, user_id)
            ),
            None,
        )


def before(area: Area) -> None:
    """Fill a 7.10: three clients, who log in with passwords of two kinds."""
    area.tell("reset")
    kinds = {1: BCRYPT, 2: MD5, 3: MD5}
    clients = [{**client, "password": kinds[client["id"]]} for client in _CLIENTS]
    area.add(clients=clients, holdings=_HOLDINGS, tickets=_TICKETS)


def after(area: Area) -> None:
    """Fill an 8.x with the same three as owners."""
    area.tell("reset")
    users = [
        {
            "id": client["id"],
            "email": client["email"],
            "firstname": client["firstname"],
            "lastname": client["lastname"],
            "password_hash": BCRYPT,
        }
        for client in _CLIENTS
    ]
    owners = [{"client_id": n, "user_id": n, "owner": True} for n in (1, 2, 3)]
    area.add(
        clients=_CLIENTS, users=users, memberships=owners, holdings=_HOLDINGS, tickets=_TICKETS
    )
