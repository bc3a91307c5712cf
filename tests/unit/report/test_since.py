"""What differs from the plan before; it is kept whatever became of its papers."""

import shutil
import stat

import pytest
from altered import changed
from desk import SmallProvider
from people import sub

from syncd.errors import StoreError
from syncd.model.suppression import suppression
from syncd.report import since
from syncd.report.moved import Movement, SinceFacts


@pytest.fixture
def provider(tmp_path):
    made = SmallProvider(tmp_path)
    clients, _ = made.rows
    made.rows = (
        clients,
        [sub(1, 17, "jane@dev.example", "invoices"), sub(2, 17, "leo@dev.example", "tickets")],
    )
    return made


def compared(provider, **more):
    rules = provider.job().report
    rules = type(rules)(rules.roles, rules.policy, kept=provider.folder / "last")
    made = provider.plan(report=rules, **more)
    shutil.rmtree(made.folder)
    provider.later(days=1)
    return made.manifest, made.report.facts.since


def test_the_first_plan_has_none_before_it(provider):
    assert compared(provider)[1] == SinceFacts()


def test_the_same_again_differs_in_nothing(provider):
    first, _ = compared(provider)
    assert compared(provider)[1] == SinceFacts(first.plan, first.made_at)


def test_gains_come_first_then_losses_then_states(provider):
    first, _ = compared(provider)
    clients, _ = provider.rows
    provider.rows = (
        clients,
        [
            sub(1, 17, "jane@dev.example", "invoices,orders"),
            sub(3, 19, "new@dev.example", "tickets"),
        ],
    )
    _, facts = compared(provider)

    assert (facts.plan, facts.made_at) == (first.plan, first.made_at)
    assert facts.numbers == {"gains": 2, "loses": 1}
    wexford = "Wexford <script>document.title='obeyed'</script>"
    assert facts.sample == (
        Movement("legacy/17", wexford, "jane@dev.example", "same", "same", ("orders",), ()),
        Movement("legacy/19", "Alone Ltd", "new@dev.example", "", "same", ("tickets",), ()),
        Movement("legacy/17", wexford, "leo@dev.example", "same", "", (), ("tickets",)),
    )


def test_who_was_suppressed_since_then_is_not_named(provider):
    compared(provider)
    settings = changed(
        provider.job().settings, suppressed=frozenset({suppression("leo@dev.example")})
    )
    _, facts = compared(provider, settings=settings)
    assert facts.plan
    assert facts.numbers == {}
    assert facts.sample == ()


def test_another_target_is_not_compared(provider):
    compared(provider)
    kept = provider.folder / "last"
    since.keep(kept, kept / "access.csv", "p", "2026-03-01", "another")
    assert compared(provider)[1] == SinceFacts()


def test_what_is_kept_is_private_and_half_of_it_is_nothing(provider):
    compared(provider)
    kept = provider.folder / "last"
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {
        "access.csv": 0o600,
        "plan.json": 0o600,
    }
    (kept / "plan.json").unlink()
    assert compared(provider)[1] == SinceFacts()


def test_a_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "last").write_text("a file")
    (tmp_path / "access.csv").write_text("email\r\n")
    with pytest.raises(StoreError, match="last"):
        since.keep(tmp_path / "last", tmp_path / "access.csv", "p", "", "shop")
