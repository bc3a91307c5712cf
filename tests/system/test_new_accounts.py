"""What a new account is made with, through a backup, the command line and a real API."""

import csv

import pytest
from provider import Provider

# The two installations number their currencies and groups the other way round.
LEGACY = {
    "tblcurrencies": [{"id": 1, "code": "EUR"}, {"id": 2, "code": "USD"}, {"id": 3, "code": "GBP"}],
    "tblclientgroups": [{"id": 1, "groupname": "Gold"}, {"id": 2, "groupname": "Silver"}],
}
TARGET = {
    "currencies": [{"id": 1, "code": "USD", "default": 1}, {"id": 2, "code": "EUR"}],
    "groups": [{"id": 7, "groupname": "Gold"}],
}


@pytest.fixture
def brands(provider: Provider) -> Provider:
    provider.legacy.bill(
        {"currency": 1, "groupid": 1, "status": "Inactive"},
        {"currency": 2, "groupid": 2, "notes": "never: to be seen"},
        {"currency": 3},
        **LEGACY,
    )
    provider.back_up()
    provider.tell("load", **TARGET)
    provider.secrets.append("never: to be seen")
    return provider


def made(provider: Provider) -> dict[str, tuple[int, int, int]]:
    return {
        row["email"]: (row["currency"], row["groupid"], row["marketing_emails_opt_in"])
        for row in provider.get("state")["clients"]
    }


def test_accounts_keep_their_currency_and_their_group(brands: Provider) -> None:
    done = brands.syncd("sync")

    assert done.code == 5, done
    assert made(brands) == {"alma@archer.example": (2, 7, 1), "bruno@baker.example": (1, 0, 1)}
    plan = brands.plans[-1]
    with (plan / "worksheet.csv").open(encoding="utf-8", newline="") as file:
        work = [(row["rule"], row["account"], row["who"]) for row in csv.DictReader(file)]
    assert ("account-status", "legacy/17", "") in work
    assert ("account-group", "legacy/18", "Silver") in work
    assert ("account-notes", "legacy/18", "") in work
    held = (plan / "plan.txt").read_text() if (plan / "plan.txt").exists() else ""
    held += (plan / "changes.csv").read_text(encoding="utf-8")
    assert "the legacy currency is GBP, and the target has USD, EUR" in held
    assert all("never: to be seen" not in path.read_text() for path in plan.glob("*.*"))

    written = list(brands.writes)
    brands.configure(accounts={"currencies": {"GBP": "EUR"}})
    assert brands.syncd("sync").code == 0
    assert made(brands)["cora@cole.example"] == (2, 0, 1)
    assert brands.writes[len(written):].count("AddClient") == 1  # fmt: skip

    written = list(brands.writes)
    assert brands.syncd("sync").code == 0
    assert brands.writes == written


def test_a_role_that_may_not_ask_for_currencies_makes_no_account(brands: Provider) -> None:
    brands.tell("roles", deny=["getcurrencies"])

    done = brands.syncd("sync")

    assert done.code == 5, done
    assert made(brands) == {}
    changes = (brands.plans[-1] / "changes.csv").read_text(encoding="utf-8")
    assert "tick GetCurrencies in the API role" in changes
