"""The plug-in in tests/data/plugin joins the contracts, as any other should."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.register_assert_rewrite("source_contract", "target_contract")
sys.path.append(str(Path(__file__).parents[1] / "data" / "plugin"))

from source_contract import (  # noqa: E402
    BATCH,
    CLIENTS,
    CONTACTS,
    NAME,
    PASSWORDS,
    REFERENCES,
    TERMS,
    SourceContract,
)
from syncd_ledger.source import LedgerSource  # noqa: E402
from syncd_ledger.target import Ledger, LedgerTarget, load, save  # noqa: E402
from target_contract import (  # noqa: E402
    BOLT,
    FEW,
    JANE,
    NOW,
    Target,
    TargetContract,
    add,
    held,
    perform,
    with_people,
)

from syncd.model.legacy import LegacyClient, LegacyContact  # noqa: E402
from syncd.model.permission import Permissions, permissions  # noqa: E402
from syncd.model.resources import Membership  # noqa: E402
from syncd.ports import Receipt, Source  # noqa: E402
from syncd.targets.memory import MemoryTarget  # noqa: E402


class TestLedgerSource(SourceContract):
    @pytest.fixture
    def staff(self) -> list[tuple[object, ...]]:
        return []  # a ledger has none

    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        content = {
            "clients": [row(client) for client in CLIENTS],
            "contacts": [row(contact) for contact in CONTACTS],
            "references": [
                {"contact_id": contact_id, "kind": kind, "count": number}
                for (kind, contact_id), number in REFERENCES.items()
            ],
            "terms": [
                {"kind": kind, "number": number, "name": name} for _, kind, number, name in TERMS
            ],
        }
        return ledger_source(tmp_path, content)

    @pytest.fixture
    def empty(self, tmp_path: Path) -> Source:
        return ledger_source(tmp_path, {})


def row(legacy: LegacyClient | LegacyContact) -> dict[str, Any]:
    return msgspec.structs.asdict(legacy) | {"password": PASSWORDS[legacy.password or "none"]}


def ledger_source(folder: Path, content: dict[str, Any]) -> LedgerSource:
    path = folder / "legacy.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return LedgerSource(NAME, path=str(path), batch=BATCH)


class Bindings(dict[str, str]):
    def resolve(self, key: str) -> str | None:
        return self.get(key)

    def owner(self, account: str) -> str | None:
        return self.get(f"owner of {account}")


class InAFile:
    name = "ledger"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bindings = Bindings()
        target = LedgerTarget(self.name, path=str(path))
        self.reader = target.reader()
        self.writer = target.writer(self.bindings, lambda: NOW, lambda: None)

    def load(self, data: dict[str, list[dict[str, Any]]]) -> None:
        """Let the target in memory, which knows the rows of the contract, read them."""
        memory = MemoryTarget(self.name)
        memory.load(**data)
        members = {f"{user}/{account}": held for (user, account), held in memory.members.items()}
        before = load(self.path).written
        save(self.path, Ledger(memory.users, memory.accounts, memory.owners, members,
                               memory.contacts, before - 1))  # fmt: skip

    def set_member(self, client_id: int, email: str, keys: Permissions | None) -> None:
        ledger = load(self.path)
        place = f"{ledger.user_id(email)}/{client_id}"
        del ledger.members[place]
        if keys is not None:
            ledger.members[place] = permissions(keys)
        ledger.written -= 1
        save(self.path, ledger)

    def writes(self) -> int:
        return load(self.path).written


class TestLedgerTarget(TargetContract):
    """But for what the contract says of invitations: here nobody is asked."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> Target:
        return InAFile(tmp_path / "ledger.json")

    def test_a_membership_is_asked_for_and_there_once_accepted(self, target: Target) -> None:
        with_people(target)

        assert perform(target, add(Membership(BOLT, JANE, FEW))) == Receipt("7/4", confirmed=True)

        assert not target.reader.invites
        assert held(target, JANE, 4) == FEW

    test_an_invite_may_be_accepted_as_somebody_else = None
    test_an_expired_invite_is_asked_for_again = None
