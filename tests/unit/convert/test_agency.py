"""A very large agency: one person with sub-accounts in very many accounts (T-58, S4-16)."""

from pathlib import Path

from people import RULES, client, sub
from rehearsal import Rehearsal, settings_with

from syncd.config.files import load_mapping
from syncd.model.policy import Fuses, Policy, Waves
from syncd.targets.memory import MemoryTarget

ACCOUNTS = 150
KEYS = ("domains", "tickets", "quotes")


def test_one_designer_of_very_many_accounts_is_one_user(tmp_path: Path) -> None:
    clients = [
        client(number, f"owner{number}@customers.example", first_name=f"Owner{number}")
        for number in range(1, ACCOUNTS + 1)
    ]
    contacts = [
        sub(number, number, "dana@agency.example", KEYS[number % 3])
        for number in range(1, ACCOUNTS + 1)
    ]
    settings = settings_with(
        rules=RULES,
        mapping=load_mapping("whmcs-7"),
        policy=Policy(),
        fuses=Fuses(),
        matches={"legacy": "email"},
        waves=Waves(ACCOUNTS),
    )
    target = MemoryTarget("shop")
    with Rehearsal(tmp_path, target, settings) as rehearsal:
        first = rehearsal.run(clients, contacts)
        rehearsal.accept_all()
        second = rehearsal.run(clients, contacts)

    assert first.applied.outcomes == {"applied": 3 * ACCOUNTS}
    assert [finding.code for finding in first.findings] == ["many_accounts"]
    assert second.to_apply == []
    designer = target.user_ids["dana@agency.example"]
    assert len(target.users) == ACCOUNTS + 1
    emails = {client_id: account.email for client_id, account in target.accounts.items()}
    assert {emails[client_id]: keys for (user, client_id), keys in target.members.items()} == {
        f"owner{number}@customers.example": (KEYS[number % 3],) for number in range(1, ACCOUNTS + 1)
    }
    assert {user for user, _ in target.members} == {designer}
