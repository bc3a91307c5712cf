"""A database file that a run fills beside its workspace and leaves behind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncd.workspace import memory
from syncd.workspace.workspace import Workspace


@contextmanager
def aside(
    workspace: Workspace, file: Path, name: str, *, compression: str, row_group: int
) -> Iterator[None]:
    """Let a new file be filled under `name`; it is put in place whole, for its owner alone.

    Where filling it fails, the one before stays. It must be looked up by what its tables are sorted
    by: small row groups, of which a look reads one or two. Raises `OSError`, and what the engine
    raises.
    """
    # Named as the workspace is, so that the next run clears away what a crash leaves.
    draft = workspace.path.with_name(f"{workspace.path.stem}-{file.name}")
    try:
        _remove(draft)
        _attach(workspace, draft, name, compression, row_group)
        try:
            yield
            workspace.con.execute(f"CHECKPOINT {name}")
        finally:
            workspace.con.execute(f"DETACH {name}")
            usual = memory.ENGINE["force_compression"]
            workspace.con.execute(f"SET force_compression = '{usual}'")
        _settle(draft, file)
    finally:
        _remove(draft)


def _attach(workspace: Workspace, draft: Path, name: str, compression: str, row_group: int) -> None:
    quoted = str(draft).replace("'", "''")
    workspace.con.execute(f"SET force_compression = '{compression}'")
    workspace.con.execute(f"ATTACH '{quoted}' AS {name} (ROW_GROUP_SIZE {row_group})")


def _remove(draft: Path) -> None:
    for left in (draft, draft.with_name(f"{draft.name}.wal")):
        left.unlink(missing_ok=True)


def _settle(draft: Path, file: Path) -> None:
    draft.chmod(0o600)
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(file)
