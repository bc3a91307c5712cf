"""What every companion must do when it attaches a person, as companion/PROTOCOL.md has it."""

from typing import Any

import pytest
from companion_contract import IN_TWO_FORMS, LIST, WORDS
from companion_world import (
    BCRYPT,
    EFFECTS,
    JANE,
    NEW,
    World,
    at_once,
    attaching,
    error,
    plain,
    send_and_hang_up,
)

USED = "This key was used before for something else."
MADE = {
    "result": "success",
    "user": "made",
    "membership": "made",
    "password": "carried",
    "repeated": False,
}


class AttachContract:
    # --- what is made -----------------------------------------------------------------------

    def test_a_person_who_is_new(self, world: World) -> None:
        before = world.state()

        reply = plain(world.attach())

        user = world.row("tblusers", reply.pop("user_id"))
        assert reply == MADE
        assert (user["first_name"], user["last_name"]) == ("New", "Person")
        assert (user["email"], user["language"]) == (NEW, "english")
        assert user["password"] == BCRYPT
        assert user["created_at"] == user["updated_at"] is not None
        assert user["email_verified_at"] is None
        (*others, member) = world.rows("tblusers_clients")
        assert (member["auth_user_id"], member["client_id"]) == (user["id"], 3)
        assert (member["owner"], member["invite_id"]) == (0, 0)
        assert member["permissions"] == "invoices,tickets"
        assert member["created_at"] == member["updated_at"] is not None
        # All else is as it was.
        assert others == before["tblusers_clients"]
        assert world.rows("tblusers")[:-1] == before["tblusers"]
        assert world.rows("tbluser_invites") == before["tbluser_invites"]

    def test_the_same_key_is_the_same_effect_once(self, world: World) -> None:
        first = world.attach()
        before = world.state()

        again = world.attach()

        assert again == first | {"repeated": True}
        assert world.state() == before

    def test_it_is_logged_and_kept_without_the_hash(self, world: World) -> None:
        answer = world.post("SyncdAttach", **attaching("run-1:new-at-acme"))

        [(client_id, line)] = world.log()
        assert client_id == 3
        assert line.startswith(f"syncd attached {NEW}")
        assert "invoices,tickets" in line
        assert "run-1:new-at-acme" in line
        (effect,) = world.rows(EFFECTS)
        secret = BCRYPT[7:]
        assert secret not in f"{line} {effect} {answer.text}"
        assert "$2y$" not in f"{line} {effect} {answer.text}"
        assert world.place.credential["secret"] not in f"{line} {effect} {answer.text}"

    def test_a_person_whose_password_nobody_knows(self, world: World) -> None:
        replies = [
            plain(
                world.attach(
                    f"run-1:person-{name}-of-two", email=f"{name}@dev.example", password_hash=""
                )
            )
            for name in "ab"
        ]

        hashes = [world.row("tblusers", reply["user_id"])["password"] for reply in replies]
        assert [reply["password"] for reply in replies] == ["unknown", "unknown"]
        assert hashes[0]
        assert hashes[1]
        assert hashes[0] != hashes[1]

    @pytest.mark.parametrize("email", [JANE, "JANE@Dev.example"])
    def test_a_user_who_is_there_stays_as_he_is(self, world: World, email: str) -> None:
        before = world.rows("tblusers")

        reply = plain(
            world.attach(email=email, client_id="4", owner="BO@bolt.example", language="french")
        )

        assert reply == MADE | {"user_id": 70, "user": "found", "password": "kept"}
        assert world.rows("tblusers") == before
        (*_, member) = world.rows("tblusers_clients")
        assert (member["auth_user_id"], member["client_id"]) == (70, 4)

    def test_a_user_with_capitals_is_found(self, world: World) -> None:
        reply = plain(world.attach(email="wolf@alone.example"))

        assert (reply["user_id"], reply["user"]) == (80, "found")

    def test_an_owner_elsewhere_may_be_a_member_here(self, world: World) -> None:
        reply = plain(world.attach(email="bo@bolt.example"))

        assert reply == MADE | {"user_id": 60, "user": "found", "password": "kept"}
        assert [row["owner"] for row in world.rows("tblusers_clients")] == [1, 1, 0, 0]

    @pytest.mark.parametrize("order", ["invoices,tickets", " tickets, invoices,tickets,"])
    def test_a_membership_that_is_there_is_found(self, world: World, order: str) -> None:
        before = world.rows("tblusers_clients")

        reply = plain(world.attach(email=JANE, permissions=order))

        assert reply == MADE | {
            "user_id": 70, "user": "found", "membership": "found", "password": "kept",
        }  # fmt: skip
        assert world.rows("tblusers_clients") == before
        assert len(world.log()) == 1

    @pytest.mark.parametrize(
        ("others", "text"),
        [
            ("DO 0", "profile,invoices,tickets"),
            (LIST, '["profile","invoices","tickets"]'),
            ("DELETE FROM tblusers_clients WHERE id = 700", "profile,invoices,tickets"),
        ],
        ids=["words", "list", "none yet"],
    )
    def test_permissions_are_written_as_others_hold_them(
        self, world: World, others: str, text: str
    ) -> None:
        world.sql(others)

        reply = world.attach(permissions="tickets, profile,invoices,tickets")

        assert reply["membership"] == "made"
        assert world.rows("tblusers_clients")[-1]["permissions"] == text
        assert world.observe("memberships")[-1]["permissions"] == ["profile", "invoices", "tickets"]

    @pytest.mark.parametrize("kind", ["$2y$04$", "$2a$10$", "$2b$15$"])
    def test_every_bcrypt_is_carried(self, world: World, kind: str) -> None:
        carried = kind + BCRYPT[7:]

        reply = plain(world.attach(password_hash=carried))

        assert world.row("tblusers", reply["user_id"])["password"] == carried

    def test_the_longest_that_fits(self, world: World) -> None:
        longest = {"firstname": "\u00e9" * 255, "lastname": "n" * 255, "language": "n" * 32}

        reply = plain(world.attach(**longest))

        user = world.row("tblusers", reply["user_id"])
        assert [user["first_name"], user["last_name"], user["language"]] == [*longest.values()]

    # --- what is refused --------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"client_id": "0"}, "Client ID Not Found"),
            ({"client_id": ""}, "Client ID Not Found"),
            ({"client_id": "3 OR 1"}, "Client ID Not Found"),
            ({"client_id": "5"}, "Client ID Not Found"),
            ({"owner": ""}, "The owner of this client is somebody else than expected."),
            ({"owner": JANE}, "The owner of this client is somebody else than expected."),
            ({"email": ""}, "The email address entered is not valid"),
            ({"email": "new"}, "The email address entered is not valid"),
            ({"email": "new person@dev.example"}, "The email address entered is not valid"),
            ({"email": f"{NEW}\n"}, "The email address entered is not valid"),
            ({"email": f"{'n' * 250}@dev.example"}, "The email address entered is not valid"),
            ({"firstname": ""}, "You did not enter a first name"),
            ({"lastname": " "}, "You did not enter a last name"),
            ({"firstname": "n" * 256}, "firstname is too long"),
            ({"lastname": "n" * 256}, "lastname is too long"),
            ({"language": "n" * 33}, "language is too long"),
            ({"user": "7"}, "user must be new, or left out"),
            ({"email": JANE, "user": "new"}, "A user already exists with that email address"),
            ({"permissions": ""}, "User permissions are required"),
            ({"permissions": " , "}, "User permissions are required"),
            ({"permissions": "invoices,all"}, "Unknown permission: all"),
            ({"permissions": "Invoices"}, "Unknown permission: Invoices"),
            ({"email": "olga@acme.example"}, "Permissions cannot be set on a client owner"),
            ({"email": "Olga@ACME.example"}, "Permissions cannot be set on a client owner"),
            ({"email": JANE, "permissions": "tickets"}, "User already associated with client"),
            (
                {"email": JANE, "permissions": "invoices,tickets,emails"},
                "User already associated with client",
            ),
        ],
    )
    def test_refused(self, world: World, changes: dict[str, Any], message: str) -> None:
        before = world.state()

        reply = world.attach(**changes)

        assert reply == error(message)
        assert world.state() == before

    @pytest.mark.parametrize(
        "password",
        [
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "5f4dcc3b5aa765d61d8327deb882cf99:x7Q2z",
            BCRYPT[:-1],
            f"{BCRYPT}.",
            f"{BCRYPT}\n",
            "$2y$03$" + BCRYPT[7:],
            "$2y$16$" + BCRYPT[7:],
            "$2x$10$" + BCRYPT[7:],
            BCRYPT[:-1] + "!",
        ],
    )
    @pytest.mark.parametrize("email", [NEW, JANE])
    def test_what_is_no_bcrypt_is_refused(self, world: World, email: str, password: str) -> None:
        before = world.state()

        reply = world.attach(email=email, password_hash=password)

        assert reply == error("password_hash is not bcrypt")
        assert world.state() == before

    @pytest.mark.parametrize(
        ("statement", "changes", "message"),
        [
            (
                "DELETE FROM tblusers_clients WHERE id = 500",
                {},
                "This client has no owner.",
            ),
            (
                "UPDATE tblusers_clients SET owner = 1 WHERE id = 700",
                {},
                "This client has several owners.",
            ),
            (
                # To a collation of the database the same, to everybody else another address.
                "UPDATE tblusers SET email = 'n\u00e9w@dev.example' WHERE id = 80",
                {},
                "A user already exists with that email address",
            ),
            (
                "UPDATE tblusers_clients SET permissions = '{\"a\":1}' WHERE id = 700",
                {"email": JANE},
                "The permissions of membership 700 are neither words with commas nor a list.",
            ),
            (f"{LIST}; {WORDS}", {}, IN_TWO_FORMS),
        ],
        ids=["no owner", "two owners", "look-alike", "unreadable", "two forms"],
    )
    def test_refused_for_what_is_there(
        self, world: World, statement: str, changes: dict[str, Any], message: str
    ) -> None:
        world.sql(statement)
        before = world.state()

        reply = world.attach(**changes)

        assert reply == error(message)
        assert world.state() == before

    # --- keys -------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "key", ["", "k" * 15, "k" * 65, "k" * 15 + " ", "k" * 16 + "\n", "é" * 16]
    )
    def test_a_key_that_is_none(self, world: World, key: str) -> None:
        before = world.state()

        rule = "key must be 16 to 64 letters, digits or any of - _ . :"
        assert world.attach(key) == error(rule)
        assert world.withdraw(key) == error(rule)
        assert world.state() == before

    @pytest.mark.parametrize("key", ["k" * 16, "Az09-_.:Az09-_.:" * 4])
    def test_a_key_of_every_length_and_sign(self, world: World, key: str) -> None:
        assert world.attach(key)["repeated"] is False
        assert world.attach(key)["repeated"] is True

    @pytest.mark.parametrize(
        "changes",
        [
            {"client_id": "4", "owner": "bo@bolt.example"},
            {"owner": "OLGA@acme.example"},
            {"email": "other@dev.example"},
            {"firstname": "Other"},
            {"lastname": "Other"},
            {"language": ""},
            {"permissions": "invoices"},
        ],
    )
    def test_a_key_used_for_something_else(self, world: World, changes: dict[str, Any]) -> None:
        world.attach()
        before = world.state()

        assert world.attach(**changes) == error(USED)
        assert world.state() == before

    def test_a_key_used_by_the_other_action(self, world: World) -> None:
        world.attach("run-1:same-for-both")
        world.withdraw("run-1:of-the-other")
        before = world.state()

        assert world.withdraw("run-1:same-for-both") == error(USED)
        assert world.attach("run-1:of-the-other") == error(USED)
        assert world.state() == before

    @pytest.mark.parametrize("password", ["", "$2a$12$" + BCRYPT[7:]])
    def test_the_hash_is_no_part_of_it(self, world: World, password: str) -> None:
        first = world.attach()

        assert world.attach(password_hash=password) == first | {"repeated": True}

    def test_keys_differ_by_case(self, world: World) -> None:
        replies = [world.attach(key) for key in ("run-1:abcdefghij", "run-1:ABCDEFGHIJ")]

        assert [reply["repeated"] for reply in replies] == [False, False]
        assert [reply["membership"] for reply in replies] == ["made", "found"]

    def test_a_refusal_is_not_kept(self, world: World) -> None:
        world.sql("UPDATE tblusers_clients SET owner = 1 WHERE id = 700")
        world.attach("run-1:made-meanwhile", client_id="4", owner="bo@bolt.example")
        refused = world.attach()
        world.sql("UPDATE tblusers_clients SET owner = 0 WHERE id = 700")

        reply = world.attach(permissions="invoices")

        assert refused["result"] == "error"
        assert (reply["membership"], reply["repeated"]) == ("made", False)

    def test_what_was_done_is_told_also_when_it_is_there_no_more(self, world: World) -> None:
        first = world.attach()
        world.sql(
            "DELETE FROM tblusers_clients WHERE id > 700; DELETE FROM tblclients WHERE id = 3"
        )
        before = world.state()

        assert world.attach() == first | {"repeated": True}
        assert world.state() == before

    # --- at the same time -------------------------------------------------------------------

    def test_one_key_at_once_is_one_effect(self, world: World) -> None:
        first, *others = at_once([world.attach] * 4, lambda reply: reply["repeated"])

        assert first["repeated"] is False
        assert others == [first | {"repeated": True}] * 3
        assert [row["email"] for row in world.rows("tblusers")].count(NEW) == 1
        assert len(world.rows("tblusers_clients")) == 4
        assert len(world.rows(EFFECTS)) == len(world.log()) == 1

    def test_one_person_at_once_is_one_user(self, world: World) -> None:
        acme = {"client_id": "3", "owner": "olga@acme.example"}
        bolt = {"client_id": "4", "owner": "bo@bolt.example"}
        calls = [
            lambda number=number, client=client: world.attach(
                f"run-1:all-at-once-{number}", **client
            )
            for number, client in enumerate((acme, bolt, acme, bolt))
        ]

        replies = at_once(calls, lambda reply: (reply["user"], reply["membership"]))

        assert [(reply["user"], reply["membership"]) for reply in replies] == [
            ("found", "found"), ("found", "found"), ("found", "made"), ("made", "made"),
        ]  # fmt: skip
        assert len({str(reply["user_id"]) for reply in replies}) == 1
        assert len(world.rows("tblusers_clients")) == 5

    def test_a_lost_reply_is_asked_for_again(self, world: World) -> None:
        send_and_hang_up(world, "SyncdAttach", attaching("run-1:new-at-acme"))

        reply = world.attach()

        assert reply["result"] == "success"
        assert [row["email"] for row in world.rows("tblusers")].count(NEW) == 1
        assert len(world.rows("tblusers_clients")) == 4
        assert len(world.rows(EFFECTS)) == 1
