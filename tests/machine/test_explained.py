"""What `explain` says by the last plan, as it was kept, is what it says by that plan itself."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from altered import changed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from people import RULES
from rehearsal import Rehearsal, settings_with, sources_of
from rich.tree import Tree
from test_set_wise import Large
from test_world import ANY, EVENT, MANY, TURN, Event
from worlds import Shop, World

from syncd.cli.explain import looked_up
from syncd.cli.reasons import Backdrop, identities_of, tree_of
from syncd.config.files import load_mapping
from syncd.convert import encoded
from syncd.errors import UnknownKey
from syncd.journal.glance import glancing
from syncd.journal.journal import Journal
from syncd.model.change import Reason
from syncd.model.policy import Fuses, Policy
from syncd.pipeline import make_plan
from syncd.report import explained
from syncd.report.plan import Manifest
from syncd.workspace.last_plan import FILE, KeptPlan, Origin, last_plan
from syncd.workspace.workspace import Workspace

BY = "this syncd and this config"
# As in test_world.py, but hardly anything is done without asking: much is held, and by several.
CAREFUL = settings_with(
    RULES,
    load_mapping("whmcs-7"),
    Policy(mode="no-removals", apply_reasons=frozenset([Reason.NEW]), verify_after=30),
    Fuses(removals=MANY),
    {"legacy": "email"},
)
UNKNOWN = (
    *("", "17", "legacy/99", "contact:legacy/99", "account:other/1", "nobody@dean.example", "'"),
    *("membership:legacy/1:nobody@dean.example", "user:nobody@dean.example", "what?", "legacy/01"),
)
Said = list[tuple[str, "Said"]]


@given(
    contacts=st.lists(st.tuples(ANY, ANY), min_size=2, max_size=4),
    events=st.lists(TURN | EVENT, max_size=5),
    large=st.booleans(),
    waits=st.sampled_from([0, 0, 5, 8]),
)
@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
def test_what_is_kept_of_a_plan_says_the_same_as_the_plan(
    contacts: list[tuple[int, int]],
    events: list[Event],
    large: bool,  # noqa: FBT001 (Hypothesis draws it)
    waits: int,
) -> None:
    with tempfile.TemporaryDirectory() as name, migrated(Path(name), contacts) as world:
        for event in events:
            world.happen(*event)
        world.rehearsal.wait(waits)
        world.rehearsal.run_from(sources_of(*world.rows))
        with (
            (Large if large else Workspace)(Path(name) / "plan.duckdb") as workspace,
            Journal.open(Path(name) / "journal.sqlite", "shop") as journal,
        ):
            rows, reader, now = sources_of(*world.rows), world.target.reader(), world.rehearsal.now
            make_plan(rows, reader, workspace, journal, CAREFUL, now, lambda *_: None)
            manifest = Manifest("p", "c", now.isoformat(), "shop", (), 0, 0, 0)
            explained.keep(workspace, journal, Path(name), BY, manifest, "r")
            with last_plan(Path(name) / FILE, Origin(BY, "")) as kept:
                assert kept is not None
                for key in (*keys_of(workspace), *UNKNOWN):
                    assert by_what_is_kept(key, kept, journal) == by_the_plan(key, workspace), key


@contextmanager
def migrated(folder: Path, contacts: list[tuple[int, int]]) -> Iterator[World]:
    """Give a world in which most people have accepted, and a member whom nobody asked for."""
    shop = Shop("https://shop.example/")
    with Rehearsal(folder, shop.target, changed(CAREFUL)) as rehearsal:
        world = World(folder, rehearsal, shop)
        for _ in range(3):
            world.a_client_comes()
        for first, second in contacts:
            world.a_contact_comes(first, second)
        rehearsal.run_from(sources_of(*world.rows))
        rehearsal.accept_all()
        rehearsal.run_from(sources_of(*world.rows))
        yield world


def keys_of(workspace: Workspace) -> list[str]:
    """Give all that may be asked for."""
    rows = workspace.stream("""
        SELECT key FROM keys UNION SELECT email FROM keys WHERE email <> ''
        UNION SELECT ref_of(source, client_id) FROM clients
        UNION SELECT ref_of(source, client_id) FROM contacts
        UNION SELECT contact_key(ref_of(source, contact_id)) FROM contacts
        UNION SELECT account FROM members ORDER BY ALL
    """)
    return [key for (key,) in rows]


def backdrop() -> Backdrop:
    return Backdrop(encoded.reader(CAREFUL.rules), CAREFUL.rules.decisions, frozenset(), {})


def by_the_plan(key: str, workspace: Workspace) -> Said:
    known = backdrop()
    try:
        identities = identities_of(key, workspace.con, known)
    except UnknownKey:
        return []
    return said(tree_of(key, identities, workspace.con, known))


def by_what_is_kept(key: str, kept: KeptPlan, journal: Journal) -> Said:
    known = backdrop()
    try:
        with glancing(journal.place, "shop") as glance:
            return said(looked_up(key, glance, kept, known))
    except UnknownKey:
        return []


def said(tree: Tree) -> Said:
    return [(str(branch.label), said(branch)) for branch in tree.children]
