"""What every companion must do with an invitation, as companion/PROTOCOL.md has it."""

from typing import Any

import pytest
from companion_world import EFFECTS, NEW, TOKEN, World, at_once, error


class WithdrawContract:
    @pytest.mark.parametrize("email", [NEW, NEW.upper()])
    def test_one_that_is_pending(self, world: World, email: str) -> None:
        before = world.state()

        reply = world.withdraw(email=email)

        assert reply == {"result": "success", "invite": "withdrawn", "repeated": False}
        invite = world.row("tbluser_invites", 210)
        assert invite["deleted_at"] == invite["updated_at"] is not None
        changed = {"deleted_at": None, "updated_at": None}
        assert [invite | changed, *world.rows("tbluser_invites")[1:]] == before["tbluser_invites"]
        for table in ("tblusers", "tblusers_clients", "tblclients"):
            assert world.rows(table) == before[table]

    def test_the_same_key_is_the_same_effect_once(self, world: World) -> None:
        first = world.withdraw()
        before = world.state()

        assert world.withdraw() == first | {"repeated": True}
        assert world.state() == before

    def test_it_is_logged_and_kept_without_the_token(self, world: World) -> None:
        reply = world.withdraw()

        [(client_id, line)] = world.log()
        assert client_id == 3
        assert line.startswith("syncd withdrew invite 210")
        assert NEW in line
        assert TOKEN not in f"{reply} {line} {world.rows(EFFECTS)}"

    def test_one_that_is_gone(self, world: World) -> None:
        before = world.rows("tbluser_invites")

        reply = world.withdraw(invite_id="230", client_id="4", email="gone@dev.example")

        assert reply == {"result": "success", "invite": "gone", "repeated": False}
        assert world.rows("tbluser_invites") == before
        assert len(world.log()) == 1

    def test_one_that_expired(self, world: World) -> None:
        reply = world.withdraw(invite_id="240", client_id="4", email="late@dev.example")

        assert reply["invite"] == "withdrawn"
        assert world.row("tbluser_invites", 240)["deleted_at"]

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"invite_id": "211"}, "Invitation not found"),
            ({"invite_id": ""}, "Invitation not found"),
            ({"invite_id": "210 OR 1"}, "Invitation not found"),
            ({"client_id": "4"}, "Invitation not found"),
            ({"client_id": ""}, "Invitation not found"),
            ({"email": "late@dev.example"}, "Invitation not found"),
            ({"email": ""}, "Invitation not found"),
            (
                {"invite_id": "220", "email": "j.doe@home.example"},
                "This invitation was accepted already.",
            ),
        ],
    )
    def test_refused(self, world: World, changes: dict[str, Any], message: str) -> None:
        before = world.state()

        assert world.withdraw(**changes) == error(message)
        assert world.state() == before

    def test_no_letters_but_a_to_z_are_folded(self, world: World) -> None:
        """KELVIN SIGN in small is a k, and that is somebody else's address; so is an accent."""
        for held, asked in (("\u212aim@dev.example", "kim@dev.example"),
                            ("\u00c9va@dev.example", "\u00e9va@dev.example")):  # fmt: skip
            world.sql(f"UPDATE tbluser_invites SET email = '{held}' WHERE id = 210")  # noqa: S608
            assert world.withdraw(email=asked) == error("Invitation not found")
        assert world.withdraw(email="\u00c9VA@dev.example")["invite"] == "withdrawn"

    def test_two_keys_at_once(self, world: World) -> None:
        keys = [f"run-1:invite-210-{number}" for number in range(4)]

        replies = at_once(
            [lambda key=key: world.withdraw(key) for key in keys], lambda reply: reply["invite"]
        )

        assert [reply["invite"] for reply in replies] == ["gone", "gone", "gone", "withdrawn"]
        assert len(world.rows(EFFECTS)) == len(world.log()) == 4
