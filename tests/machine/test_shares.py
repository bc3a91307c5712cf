"""A plan of which shares were read and converted apart is the plan of one process."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rehearsal import settings_with
from test_never_widen import MAPPING, RULES
from test_set_wise import CLIENTS, CONTACTS, POLICIES, planned

from syncd.model.connection import SharedWork
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.policy import Accounts, Fuses, Policy
from syncd.ports import Progress
from syncd.workers.queue import Errand
from syncd.workers.shelf import shelf_of
from syncd.workers.shipped import program
from syncd.workers.work import do
from syncd.workers.workforce import Workforce
from syncd.workspace.workspace import Workspace


class InTurn(Workforce):
    """A workforce whose shares are worked at here, the last one first, and each twice."""

    def __init__(self, folder: Path, shares: int) -> None:
        super().__init__(SharedWork("shop", "", folder, shares, wait=1))

    def __enter__(self) -> Self:
        self._shelf = shelf_of(self._place, "plan")
        self._shelf.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._shelf.clear()

    def _done(self, step: str, progress: Progress) -> Iterator[int]:
        number = self._place.shares
        for share in reversed(range(number)):
            errand = Errand("plan", step, share, number, self._rules, program())
            for _ in range(2):
                do(errand, self._shelf, self._place.folder / "scratch", lambda: None)
                self._shelf.path(f"{step}-{share}.sha256").unlink()
            do(errand, self._shelf, self._place.folder / "scratch", lambda: None)
        yield from range(number)


@given(CLIENTS, CONTACTS, POLICIES, st.integers(1, 5), st.booleans())
@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a whole plan each, twice
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_shares_come_to_the_same_plan(
    clients: list[LegacyClient],
    contacts: list[LegacyContact],
    policy: Policy,
    shares: int,
    large: bool,  # noqa: FBT001 (Hypothesis draws it)
) -> None:
    rules: Any = settings_with(
        rules=RULES,
        mapping=MAPPING,
        policy=policy,
        accounts=Accounts(create_missing=True),
        fuses=Fuses(),
        matches={"legacy": "same-id"},
    )
    alone = planned(Workspace, clients, contacts, rules)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if large:
            patch.setattr(Workspace, "few", 0)
        shared = msgspec.structs.replace(rules, hands=InTurn(Path(folder), shares))
        assert planned(Workspace, clients, contacts, shared) == alone
