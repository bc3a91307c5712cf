"""Two brands, one target: a backup and a living database, with ids that collide."""

from collections.abc import Sequence

import pytest
import yaml
from mariadb import READER_PASSWORD, Database
from provider import Legacy, Provider, Row, lines, said

RED, BLUE = "red", "blue"


@pytest.fixture
def brands(provider: Provider, legacy: Database) -> Provider:
    """Red is the backup of the archers; blue, a database, has ids of theirs and one person too."""
    blue = Legacy()
    blue.client(17, "Ines Ibarra", "ines@ibarra.example")
    blue.client(18, "Jon Juarez", "jon@juarez.example")
    blue.contact(111, 17, "Dana Dean", "Dana@Dean.example", permissions="quotes")
    blue.contact(112, 18, "Kai Juarez", "kai@juarez.example", permissions="tickets,emails")
    for table, rows in blue.tables.items():
        for row in rows:
            legacy.insert(table, row)
    provider.secrets.append(READER_PASSWORD)
    (provider.folder / "secrets" / "password").write_text(READER_PASSWORD, encoding="utf-8")
    login = legacy.login | {"password": f"file:{provider.folder}/secrets/password"}
    provider.configure(
        sources=[
            {"kind": "backup", "name": RED, "path": str(provider.backup)},
            {"kind": "mysql", "name": BLUE, **login},
        ]
    )
    return provider


def brands_of(provider: Provider) -> list[Row]:
    """Give the sources of the config as they stand there."""
    return list(yaml.safe_load(provider.config.read_text(encoding="utf-8"))["sources"])


def rights(provider: Provider, email: str) -> dict[str, Sequence[str]]:
    """Give what a user may do, by the address of the client."""
    return {
        client: permissions
        for client, user, owner, permissions in provider.picture["memberships"]
        if user == email and not owner
    }


def test_two_brands_become_one_target(brands: Provider) -> None:
    done = brands.syncd("sync")
    assert done.code == 0, done
    assert brands.tell("invites/accept-all") == {"accepted": 7}
    assert len(brands.picture["clients"]) == 5
    assert brands.picture["users"].count("dana@dean.example") == 1
    assert rights(brands, "dana@dean.example") == {
        "alma@archer.example": ["invoices", "products"],
        "bruno@baker.example": ["domains"],
        "ines@ibarra.example": ["quotes"],
    }
    assert rights(brands, "kai@juarez.example") == {"jon@juarez.example": ["emails", "tickets"]}
    wrote = brands.writes
    assert brands.syncd("sync").code == 0
    assert brands.writes == wrote


def test_the_order_of_the_sources_makes_no_difference(brands: Provider) -> None:
    first, second = brands.folder / "first", brands.folder / "second"
    assert brands.syncd("plan", "--out", str(first)).code == 0
    brands.configure(sources=brands_of(brands)[::-1])
    assert brands.syncd("plan", "--out", str(second)).code == 0
    assert (first / "plan.jsonl").read_bytes() == (second / "plan.jsonl").read_bytes()
    assert len(lines(first)) == 20  # 5 accounts, 8 contacts, 7 memberships


def test_each_brand_is_matched_by_its_own_rule(brands: Provider) -> None:
    """Red's ids are those of the target; blue's accounts got new ones."""
    brands.configure(
        sources=brands_of(brands),
        accounts={"match": "email", "match_by_source": {RED: "same-id"}},
    )
    people = ["alma@archer.example", "ines@ibarra.example"]
    brands.tell(
        "load",
        clients=[
            {"id": 17, "email": "office@archer.example", "companyname": "Archer Ltd"},
            {"id": 40, "email": "ines@ibarra.example"},
        ],
        users=[{"id": 7 + n, "email": email} for n, email in enumerate(people)],
        memberships=[
            {"client_id": 17, "user_id": 7, "owner": True},
            {"client_id": 40, "user_id": 8, "owner": True},
        ],
    )
    brands.sync_here()
    verdicts = said(brands.plans[-1])
    assert "account:red/17" not in verdicts
    assert "account:blue/17" not in verdicts
    assert verdicts["account:red/18"] == ("apply", "")
    invites = {(one["client_id"], one["email"]) for one in brands.get("state")["invites"]}
    assert {(17, "dana@dean.example"), (40, "dana@dean.example")} <= invites


def test_one_brand_alone_is_refused_once_both_were_there(brands: Provider) -> None:
    """A source forgotten in the config must not look like people who have left."""
    brands.sync_here()
    brands.tell("invites/accept-all")
    wrote = brands.writes
    brands.configure(sources=brands_of(brands)[1:], policy={"mode": "sync"})
    assert brands.syncd("sync").code == 3
    assert brands.writes == wrote
