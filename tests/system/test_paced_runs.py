"""How many calls a run makes, on one connection or several, counted in the target's request log."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from provider import Legacy, Provider, lines

from syncd.sandbox import running

READS = {"GetPermissionsList", "GetClients", "GetUsers", "GetContacts", "SyncdCapabilities"}
DAY = timedelta(days=1)


def agency(legacy: Legacy, people: int) -> None:
    """Fill in accounts with ten logins each."""
    for number in range(people // 10):
        client = 100 + number
        legacy.client(client, "Alma Archer", f"owner{client}@archer.example")
        for member in range(10):
            login = 1000 + number * 10 + member
            email = f"p{login}@dean.example"
            legacy.contact(login, client, "Dana Dean", email, permissions="invoices,tickets")


def forget_requests(provider: Provider) -> None:
    requests.delete(f"{provider.sandbox.control}/requests", timeout=10).raise_for_status()


def calls(provider: Provider) -> Counter[str]:
    return Counter(one["action"] for one in provider.requests)


@pytest.fixture
def manned(provider: Provider) -> Provider:
    """Let accounts and contacts be there; 60 people have not been invited yet."""
    provider.legacy = Legacy()
    agency(provider.legacy, 60)
    provider.back_up()
    provider.configure(waves={"per_run": 0})
    provider.sync_here()
    forget_requests(provider)
    provider.configure(target={"connections": 4})
    return provider


def test_a_write_costs_what_keeps_it_safe_and_no_more(manned: Provider) -> None:
    manned.sync_here()
    made = calls(manned)
    assert made.pop("CreateClientInvite") == 60
    # The owner is looked at before, once in five seconds for an account, on each of five hands.
    assert 6 <= made.pop("GetClientsDetails") <= 6 * 5
    assert set(made) == READS
    assert made.total() == 5, "each list fits a page"
    assert len(manned.mails) == 60

    manned.tell("invites/accept-all")
    manned.sync_here()
    for number in range(1000, 1060):
        manned.legacy.row(number)["permissions"] = "invoices"
    manned.back_up()
    manned.configure(
        target={"connections": 4}, fuses={"updates_floor": 60, "updates_per_account": 10}
    )
    forget_requests(manned)
    manned.sync_here()
    made = calls(manned)
    assert made["UpdateUserPermissions"] == 60
    # Before: who is a member, and with which permissions. After: these again. And 60 for the plan.
    assert made["GetClientsDetails"] == 60
    assert made["GetUserPermissions"] == 180
    assert set(made) == READS | {"UpdateUserPermissions", "GetClientsDetails", "GetUserPermissions"}

    manned.configure(policy={"verify_after": 0})
    forget_requests(manned)
    manned.sync_here()
    assert manned.writes == []
    assert calls(manned)["GetUserPermissions"] == 60, "nothing is trusted"


def test_an_unchanged_run_calls_next_to_nothing(provider: Provider) -> None:
    people = 300
    provider.legacy = Legacy()
    agency(provider.legacy, people)
    provider.back_up()
    provider.configure(target={"connections": 4})
    now = datetime.now(UTC)
    provider.sync_here(now)
    provider.tell("invites/accept-all")
    provider.sync_here(now)  # reads what everybody accepted, all of it
    for night in range(1, 4):
        forget_requests(provider)
        provider.sync_here(now + night * DAY)
        made = calls(provider)
        assert not provider.writes
        assert made["GetUserPermissions"] == 9, "a slice"
        assert made.pop("SyncdCapabilities") == 1
        assert made.total() <= 0.05 * people, made
    asked = {
        (one["params"]["user_id"], one["params"]["client_id"])
        for one in provider.requests
        if one["action"] == "GetUserPermissions"
    }
    assert len(asked) == 9
    forget_requests(provider)
    provider.sync_here(now + 37 * DAY)
    # After verify_after (35) all are read again, but for most of those of the third night.
    assert calls(provider)["GetUserPermissions"] == people - 9 + 1


def test_the_slice_moves_on_and_finds_what_drifted(manned: Provider) -> None:
    now = datetime.now(UTC)
    manned.sync_here(now)
    manned.tell("invites/accept-all")
    manned.sync_here(now)
    state = manned.get("state")
    member = next(row for row in state["memberships"] if not row["owner"])
    email = next(row["email"] for row in state["users"] if row["id"] == member["user_id"])
    client = member["client_id"]
    manned.tell("members", client_id=client, email=email, permissions=["orders"])
    found: list[int] = []
    for night in range(1, 35):
        manned.sync_here(now + night * DAY)
        found += [night for line in lines(manned.plans[-1]) if line["reason"] == "drifted"]
        if found:
            break
    assert found, "within 34 nights each was looked at"
    # What differs is no longer trusted: it stays in the plan until it is settled.
    manned.sync_here(now + (found[0] + 1) * DAY)
    assert [line["reason"] for line in lines(manned.plans[-1])] == ["drifted"]


# --- several connections --------------------------------------------------------------------


def picture(provider: Provider, connections: int) -> dict[str, list[Any]]:
    provider.configure(target={"connections": connections})
    provider.sync_here()
    provider.tell("invites/accept-all")
    provider.sync_here()
    return provider.picture


def test_several_connections_end_where_one_does(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    agency(provider.legacy, 40)
    provider.back_up()
    with running() as sandbox:
        other = Provider(tmp_path_factory.mktemp("other"), sandbox, provider.legacy)
        other.back_up()
        assert picture(other, 6) == picture(provider, 1)
        assert sorted(other.writes) == sorted(provider.writes)
        # A phase waits for the one before.
        kinds = ["AddClient", "AddContact", "CreateClientInvite"]
        assert other.writes == sorted(other.writes, key=kinds.index)
        assert set(other.writes) == set(kinds)


def test_a_cap_on_calls_is_kept(provider: Provider) -> None:
    provider.configure(target={"connections": 4, "max_calls_per_second": 20})
    started = datetime.now(UTC)
    provider.sync_here()
    seconds = (datetime.now(UTC) - started).total_seconds()
    assert len(provider.requests) > 30
    assert len(provider.requests) <= 1 + 20 * seconds
