"""While there are few rows the engine does not optimise, which takes longer than it saves."""

from pathlib import Path

import pytest

from syncd.errors import PlanUnusable
from syncd.model.finding import Finding
from syncd.report.letter_places import people
from syncd.workspace.workspace import Workspace

FEW = Workspace.few


def optimises(workspace: Workspace) -> bool:
    query = "SELECT current_setting('enable_optimizer')"
    with workspace.con.cursor() as cursor:
        return bool(cursor.execute(query).fetchall()[0][0])


def stage(workspace: Workspace, number: int) -> None:
    workspace.stage_findings(Finding("role_mailbox", f"contact:legacy/{n}") for n in range(number))


@pytest.mark.parametrize("look", ["execute", "stream", "blocks", "count_in"])
def test_it_optimises_as_soon_as_there_are_many(tmp_path: Path, look: str) -> None:
    with Workspace(tmp_path / "workspace.duckdb") as workspace:

        def looked() -> bool:
            match look:
                case "execute":
                    workspace.scalar("SELECT count(*) FROM findings")
                case "stream":
                    list(workspace.stream("SELECT 1"))
                case "blocks":
                    list(workspace.blocks("SELECT 1"))
                case _:
                    workspace.count_in("clients", 0)
            return optimises(workspace)

        stage(workspace, FEW - 1)
        assert not looked()

        stage(workspace, 1)
        assert looked()


def test_memory_that_was_asked_for_stays_when_there_are_many(tmp_path: Path) -> None:
    """Letters asked the engine itself, of which the workspace knew nothing and took it back."""
    with Workspace(tmp_path / "workspace.duckdb") as workspace:
        with pytest.raises(PlanUnusable):  # there is no plan in that folder
            list(people(workspace, tmp_path))
        asked_for = limit(workspace)
        for _ in range(20):
            stage(workspace, FEW)
        assert limit(workspace) == asked_for


def limit(workspace: Workspace) -> str:
    return str(workspace.scalar("SELECT current_setting('memory_limit')"))
