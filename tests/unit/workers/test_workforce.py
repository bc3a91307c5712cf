"""Who makes a plan with workers: dealing rows out, and seeing that somebody is at work."""

from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from syncd.convert.permissions import flag_reader
from syncd.convert.rows import Rules
from syncd.model.connection import SharedWork
from syncd.model.decision import Decision, Decisions
from syncd.model.finding import Finding
from syncd.model.flags import PermissionMap
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyStaff
from syncd.model.policy import Policy
from syncd.ports import Batch
from syncd.workers.queue import JobLeft
from syncd.workers.shelf import PlanShelf, batches
from syncd.workers.shipped import Shipped, shipped, unpacked
from syncd.workers.workforce import Dealer, Lookout
from syncd.workspace import shares
from syncd.workspace.workspace import Workspace

MAPPING = PermissionMap("whmcs-7", {"invoices": "invoices"})
PLACE = SharedWork("kestrel", "postgresql://syncd@db.example/syncd", Path("/srv"), 4, wait=60)


def contact(number: int, email: str | None) -> tuple[object, ...]:
    return ("legacy", number, 1, "Dana", "Dean", None, email)


def client(number: int, email: str | None) -> tuple[object, ...]:
    return ("legacy", number, "Dana", "Dean", None, email)


def test_all_rows_of_an_address_go_to_one_share_however_it_is_spelt(tmp_path: Path) -> None:
    shelf = PlanShelf(tmp_path / "plan")
    shelf.open()
    spellings = [" Dana@Dean.Example", "dana@dean.example", "DANA@DEAN.EXAMPLE\t"]
    rows = [contact(n, spelling) for n, spelling in enumerate(spellings)]
    others = [contact(n, f"p{n}@firm.example" if n % 2 else None) for n in range(10, 60)]
    staff = Batch(LegacyStaff, [("legacy", "ada@staff.example")])
    clients = Batch(LegacyClient, [client(9, "dana@dean.example")])
    dealer = Dealer(shelf, 4, Rules(flag_reader(MAPPING)))

    kept = list(dealer.dealt([clients, staff, Batch(LegacyContact, rows + others)]))

    assert kept == [staff], "what is of no identity stays"
    dealt = [
        [values for batch in batches(shelf.checked(f"rows-{n}")) for values in batch.rows]
        for n in range(4)
    ]
    assert [len({*rows, *clients.rows} & set(share)) for share in dealt].count(4) == 1
    assert Counter(chain(*dealt)) == Counter([*clients.rows, *rows, *others])
    assert all(len(share) > 3 for share in dealt)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


TODO, REFUSED = JobLeft(1, 0, is_begun=False), JobLeft(1, 9, is_begun=True)


def test_nobody_is_seen_where_no_job_is_begun_or_each_only_refused() -> None:
    clock = Seconds()
    lookout = Lookout(clock, PLACE)
    for clock.now in range(60):
        # As a worker that refuses takes it up, again and again.
        begun = JobLeft(1, int(clock.now), is_begun=clock.now % 2 == 0)
        assert not lookout.sees_nobody([begun, TODO])
    clock.now = 61
    assert lookout.sees_nobody([TODO, TODO])


def test_a_job_that_lasts_is_a_sign_of_life_and_so_is_one_that_goes() -> None:
    clock = Seconds()
    lookout = Lookout(clock, PLACE)
    lookout.sees_nobody([TODO, REFUSED])
    clock.now = 50
    assert not lookout.sees_nobody([TODO, REFUSED])
    clock.now = 100
    assert not lookout.sees_nobody([TODO])
    clock.now = 159
    assert not lookout.sees_nobody([TODO])
    clock.now = 161
    assert lookout.sees_nobody([TODO])


def test_workers_get_the_rules_as_they_are() -> None:
    decisions = Decisions([Decision("T-03", "user:x", "union", "Ada", "2026-03-01", "00")])
    policy = Policy(excluded=frozenset({"legacy/3"}), closed="owner")
    rules = Rules(flag_reader(MAPPING), policy, decisions=decisions, currencies={"a": "b"})
    sent = shipped(rules, MAPPING)
    assert isinstance(sent, Shipped)
    got = unpacked(sent)
    assert (got.policy, got.people, got.names, got.staff, got.currencies) == (
        *(rules.policy, rules.people, rules.names, rules.staff, rules.currencies),
    )
    assert list(got.decisions) == list(decisions)
    assert got.read_flags("invoices, tickets") == rules.read_flags("invoices, tickets")


@pytest.mark.parametrize("name", ["plain", "it's"])
def test_a_workspace_knows_what_it_took_in(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    with Workspace(tmp_path / "one.duckdb") as workspace:
        workspace.stage_findings([Finding("full_rights", "membership:legacy/1:x@y.example")])
        shares.lay_down(workspace, "staged_findings", file)
    with Workspace(tmp_path / "other.duckdb") as workspace:
        workspace.few = 1
        assert workspace.is_small
        workspace.take_in("staged_findings", file)
        shares.note_codes(workspace)
        assert workspace.has_found(["full_rights"])
        assert workspace.has("staged_findings")
        assert not workspace.is_small
