"""A sandbox with its API that is filled before it is served: for a plan to be applied to."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from syncd.sandbox import actions, dataset
from syncd.sandbox.server import Sandbox, running
from syncd.sandbox.store import Store


@contextmanager
def serving_filled(
    file: Path, data: Iterable[Mapping[str, Any]], switches: Mapping[str, str]
) -> Iterator[Sandbox]:
    """Serve a new sandbox with these data sets in it, on this machine, until the block ends."""
    with closing(Store.in_file(file, sorted(actions.ACTIONS))) as store, store.transaction() as db:
        for part in data:
            dataset.load(db, part, store.clock.now())
    with running(file, switches) as sandbox:
        yield sandbox
