"""What a plan leaves for `explain`: whole or not at all, of nobody who is suppressed."""

import stat
from pathlib import Path

import duckdb
import pytest
from altered import changed
from desk import SmallProvider
from people import client, sub
from structlog.testing import capture_logs

from syncd import __version__, run
from syncd.model.identity import normalise
from syncd.model.suppression import suppression
from syncd.workspace.last_plan import FILE, KeptPlan, Origin, last_plan

BY = "a digest of the config"
NIGHTLY = {"explained": BY}


@pytest.fixture
def provider(tmp_path: Path) -> SmallProvider:
    return SmallProvider(tmp_path)


def plan_kept(provider: SmallProvider) -> str:
    """Give the plan that is kept, "" for none."""
    with last_plan(provider.state / FILE, Origin(f"{__version__} {BY}", "")) as kept:
        return kept.made.plan if isinstance(kept, KeptPlan) else ""


def tables(file: Path) -> dict[str, str]:
    """Give all that is in each table of a file, as text."""
    with duckdb.connect(str(file), read_only=True) as con:
        names = con.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return {name: str(con.execute(f"FROM {name}").fetchall()) for (name,) in names}


def test_each_plan_is_kept_for_its_owner_alone_and_nothing_is_left_beside_it(provider):
    for _ in range(2):
        result = provider.plan(**NIGHTLY)
        provider.later(days=1)
        assert plan_kept(provider) == result.manifest.plan
    assert stat.S_IMODE((provider.state / FILE).stat().st_mode) == 0o600
    assert list(provider.state.glob("workspace*")) == []


def test_a_run_that_cannot_keep_it_goes_on_and_leaves_no_older_one(provider):
    provider.plan(**NIGHTLY)
    provider.later(days=1)
    job = provider.job(**NIGHTLY)
    with capture_logs() as logs, run._run(job, "sync") as work:
        # The draft's name is taken: nothing can be written there.
        draft = work.workspace.path.with_name(f"{work.workspace.path.stem}-{FILE}")
        draft.mkdir()
        result = work.apply(work.plan(None))
        draft.rmdir()

    assert result.applied.outcomes == {"applied": 5}
    (line,) = [line for line in logs if line["event"] == "explain.failed"]
    assert line["file"] == FILE
    assert not (provider.state / FILE).exists(), "it is not the last plan any more"


def test_what_a_crash_leaves_is_cleared_away_and_the_one_before_stands(provider):
    plan = provider.plan(**NIGHTLY).manifest.plan
    half = provider.state / f"workspace-7-{FILE}"
    half.write_bytes((provider.state / FILE).read_bytes()[:5000])
    assert plan_kept(provider) == plan

    provider.plan()  # of another job, which is not kept

    assert not half.exists()
    assert plan_kept(provider) == plan


def test_who_is_suppressed_is_in_no_table_of_it(provider):
    erased, others = "jane@dev.example", "olga@wexford.example"
    provider.rows = [client(17, others)], [sub(1, 17, erased), sub(2, 17, "leo@dev.example")]
    provider.sync(**NIGHTLY)
    for client_id, email, _ in list(provider.target.invites):
        provider.target.accept(email, client_id, email)
    provider.later(days=1)
    provider.sync(**NIGHTLY)
    before = tables(provider.state / FILE)
    assert erased in before["contacts"]
    assert erased in before["matched"], "the target has her"
    provider.later(days=1)

    settings = changed(provider.job().settings, suppressed=frozenset({suppression(erased)}))
    provider.plan(settings=settings, **NIGHTLY)

    after = tables(provider.state / FILE)
    assert "leo@dev.example" in after["contacts"]
    assert [name for name, text in after.items() if normalise(erased) in text] == []


def test_an_owner_of_the_target_who_is_suppressed_is_in_no_table_of_it(provider):
    erased, successor = "olga@wexford.example", "vera@wexford.example"
    provider.rows = [client(17, erased, first_name="Ottoline")], []
    provider.sync(**NIGHTLY)
    provider.later(days=1)
    provider.plan(**NIGHTLY)
    assert erased in tables(provider.state / FILE)["matched"]
    provider.later(days=1)
    provider.rows = [client(17, successor)], []

    settings = changed(provider.job().settings, suppressed=frozenset({suppression(erased)}))
    provider.plan(settings=settings, **NIGHTLY)

    after = tables(provider.state / FILE)
    assert successor in after["desired"]
    assert "account:legacy/17" in after["matched"], "it is known that the target has something"
    assert [name for name, text in after.items() if normalise(erased) in text] == []
    assert [name for name, text in after.items() if "Ottoline" in text] == []
