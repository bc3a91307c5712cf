"""What every companion must tell, as companion/PROTOCOL.md has it: capabilities, and what is there.

A companion joins by giving the fixture `place`, a `companion_world.Place`.
"""
# ruff: noqa: S608 (statements of our own, for a server of our own)

import re
from typing import Any

import pytest
from companion_world import BCRYPT, JANE, NEW, TOKEN, Place, World, error, plain

PERMISSIONS = [
    "profile", "contacts", "products", "manageproducts", "productsso", "domains", "managedomains",
    "invoices", "quotes", "tickets", "affiliates", "emails", "orders",
]  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
IN_TWO_FORMS = "Memberships hold permissions in more than one form, so none is written."
LIST = 'UPDATE tblusers_clients SET permissions = \'["invoices","tickets"]\' WHERE id = 700'
WORDS = (
    "INSERT INTO tblusers_clients (id, auth_user_id, client_id, invite_id, owner, permissions)"
    " VALUES (800, 80, 4, 0, 0, 'emails')"
)
EVERYTHING = ["observe", "attach", "withdrawinvite"]


@pytest.fixture
def world(place: Place) -> World:
    return World(place)


def lacks(column: str) -> str:
    table, name = column.split(".")
    return f"The table {table} has no column {name}, so this action is not possible here."


class CapabilitiesContract:
    def test_all_is_possible(self, world: World) -> None:
        before = world.state()

        reply = plain(world.ask("SyncdCapabilities"))

        assert TIME.fullmatch(reply.pop("time"))
        assert reply.pop("whmcs")
        assert reply == {
            "result": "success",
            "companion": "1.1.0",
            "protocol": 1,
            "permissions": PERMISSIONS,
            "missing": [],
            "possible": dict.fromkeys(EVERYTHING, True),
            "reasons": [],
        }
        assert world.state() == before

    @pytest.mark.parametrize(
        ("column", "impossible"),
        [
            ("tblusers.first_name", EVERYTHING),
            ("tblusers.email_verified_at", EVERYTHING),
            ("tblusers_clients.permissions", EVERYTHING),
            ("tbluser_invites.deleted_at", EVERYTHING),
            ("tblusers.password", ["attach"]),
            ("tblusers_clients.updated_at", ["attach"]),
            ("tbluser_invites.updated_at", ["withdrawinvite"]),
        ],
    )
    def test_a_missing_column_is_told_and_refused(
        self, world: World, column: str, impossible: list[str]
    ) -> None:
        with world.place.without(column):
            before = world.state()

            told = world.ask("SyncdCapabilities")
            answers = {
                "observe": world.ask("SyncdObserve", what="users"),
                "attach": world.attach(),
                "withdrawinvite": world.withdraw(),
            }

            refused = {name: reply for name, reply in answers.items() if name in impossible}
            assert told["missing"] == [column]
            assert told["possible"] == {name: name not in impossible for name in EVERYTHING}
            assert told["reasons"] == [lacks(column)]
            assert list(refused.values()) == [error(lacks(column))] * len(impossible)
            if impossible == EVERYTHING:
                assert world.state() == before

    def test_two_forms_of_permissions_are_told(self, world: World) -> None:
        world.sql(f"{LIST}; {WORDS}")

        told = world.ask("SyncdCapabilities")

        assert told["possible"] == {"observe": True, "attach": False, "withdrawinvite": True}
        assert (told["missing"], told["reasons"]) == ([], [IN_TWO_FORMS])


class ObserveContract:
    def test_users(self, world: World) -> None:
        olga, bo, jane, wolf = plain({"users": world.observe("users")})["users"]

        assert olga == {
            "id": 50,
            "firstname": "Olga",
            "lastname": "Owner",
            "email": "olga@acme.example",
            "language": "english",
            "datecreated": "2026-01-05 08:00:00",
            "verified": True,
        }
        assert (bo["id"], bo["language"]) == (60, "")
        # A zero date is none.
        assert [bo["verified"], jane["verified"], wolf["verified"]] == [False] * 3
        # As the table holds it: with entities, and with the letters' case.
        assert (jane["lastname"], jane["email"]) == ("Doe &amp; Co", JANE)
        assert (wolf["email"], wolf["datecreated"]) == ("Wolf@Alone.example", "")

    def test_memberships(self, world: World) -> None:
        seen = plain({"memberships": world.observe("memberships")})["memberships"]

        owner = {"owner": True, "permissions": [], "invite_id": 0}
        assert seen == [
            {"id": 500, "user_id": 50, "client_id": 3} | owner,
            {"id": 600, "user_id": 60, "client_id": 4} | owner,
            {
                "id": 700,
                "user_id": 70,
                "client_id": 3,
                "owner": False,
                "permissions": ["invoices", "tickets"],
                "invite_id": 220,
            },
        ]

    def test_invitations(self, world: World) -> None:
        pending, accepted, withdrawn, expired, left = plain({"invites": world.observe("invites")})[
            "invites"
        ]

        assert pending == {
            "id": 210,
            "client_id": 3,
            "email": NEW,
            "permissions": ["invoices", "tickets"],
            "created_at": "2026-03-01 09:00:00",
            "accepted_at": "",
            "deleted_at": "",
            "accepted_by": 0,
        }
        assert (accepted["accepted_at"], accepted["accepted_by"]) == ("2026-02-02 10:00:00", 70)
        assert accepted["permissions"] == ["invoices", "tickets"]
        assert withdrawn["deleted_at"] == "2026-01-02 10:00:00"
        assert (withdrawn["permissions"], withdrawn["accepted_by"]) == ([], 0)
        assert (expired["created_at"], expired["accepted_at"]) == ("2020-01-01 10:00:00", "")
        assert (left["accepted_at"], left["accepted_by"]) == ("2026-01-03 10:00:00", 0)

    def test_nothing_secret_is_shown_and_nothing_written(self, world: World) -> None:
        before = world.state()

        for what in ("users", "memberships", "invites"):
            text = world.post("SyncdObserve", what=what).text
            assert BCRYPT not in text
            assert TOKEN not in text

        assert world.state() == before

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
    @pytest.mark.parametrize("what", ["users", "invites"])
    def test_pages_by_ids(self, world: World, what: str, size: int) -> None:
        whole = world.observe(what)
        pages, after = [], 0
        while True:
            reply = plain(world.ask("SyncdObserve", what=what, after=after, limitnum=size))
            assert (reply["what"], reply["numreturned"]) == (what, len(reply[what]))
            pages.append(reply[what])
            after = reply["next"]
            if not after:
                break
            assert after == reply[what][-1]["id"]

        assert [row for page in pages for row in page] == plain({what: whole})[what]
        assert len(pages) == -(-len(whole) // size)

    def test_a_page_of_nothing(self, world: World) -> None:
        reply = plain(world.ask("SyncdObserve", what="users", after=80))

        assert reply == {
            "result": "success", "what": "users", "numreturned": 0, "next": 0, "users": [],
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("column", "permissions"),
        [
            ('\'["tickets", "odd"]\'', ["tickets", "odd"]),
            ("' tickets,odd, tickets,'", ["tickets", "odd"]),
            ("'[]'", []),
            ("' '", []),
            ("NULL", []),
        ],
    )
    def test_permissions_in_every_form(
        self, world: World, column: str, permissions: list[str]
    ) -> None:
        world.sql(f"UPDATE tblusers_clients SET permissions = {column} WHERE id = 700")

        (_, _, jane) = world.observe("memberships")

        assert jane["permissions"] == permissions

    def test_a_zero_date_is_none(self, world: World) -> None:
        zero = "accepted_at = 0, deleted_at = 0"
        world.sql(f"UPDATE tbluser_invites SET {zero} WHERE id = 210")

        pending, *_ = world.observe("invites")

        assert (pending["accepted_at"], pending["deleted_at"]) == ("", "")
        assert world.withdraw()["invite"] == "withdrawn"

    @pytest.mark.parametrize(
        "text", ['{"tickets":1}', '["tickets",1]', '["tickets"', "tickets;emails", "a b", '[["x"]]']
    )
    def test_permissions_that_are_neither_are_an_error(self, world: World, text: str) -> None:
        world.sql(f"UPDATE tblusers_clients SET permissions = '{text}' WHERE id IN (500, 700)")
        world.sql(f"UPDATE tbluser_invites SET permissions = '{text}' WHERE id = 240")

        memberships = world.ask("SyncdObserve", what="memberships")
        invites = world.ask("SyncdObserve", what="invites")

        # Not that of the owner: nobody reads an owner's permissions.
        neither = "are neither words with commas nor a list."
        assert memberships == error(f"The permissions of membership 700 {neither}")
        assert invites == error(f"The permissions of invitation 240 {neither}")

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"what": "clients"}, "what must be users, memberships or invites"),
            ({}, "what must be users, memberships or invites"),
            ({"what": "users", "after": "-1"}, "after must be a number, 0 or more"),
            ({"what": "users", "after": "1 OR 1"}, "after must be a number, 0 or more"),
            ({"what": "users", "limitnum": "0"}, "limitnum must be a number from 1 to 5000"),
            ({"what": "users", "limitnum": "5001"}, "limitnum must be a number from 1 to 5000"),
            ({"what": "users", "limitnum": "all"}, "limitnum must be a number from 1 to 5000"),
        ],
    )
    def test_refused(self, world: World, parameters: dict[str, Any], message: str) -> None:
        assert world.ask("SyncdObserve", **parameters) == error(message)
