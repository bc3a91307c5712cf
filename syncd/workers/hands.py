"""The work of a plan that can be shared out: reading legacy rows, and converting people.

Both look at the rows of one identity at a time, so a share of the identities is worked at as all
of them are. Whatever looks from one identity to another is done by who makes the plan.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol, Self

from syncd.convert import encoded
from syncd.convert.convert import convert
from syncd.convert.ordinary import has_patterns, pattern, plainness
from syncd.convert.rows import Rules, with_staff, with_terms
from syncd.model.disposition import Disposition
from syncd.model.finding import Finding
from syncd.model.flags import PermissionMap
from syncd.model.progress import counted
from syncd.model.resources import Resource
from syncd.ports import Batch, Progress
from syncd.workspace import ordinary
from syncd.workspace.identities import identities
from syncd.workspace.intake import Intake
from syncd.workspace.lookup import staff, terms
from syncd.workspace.workspace import Workspace

Dispositions = dict[str, int]  # contacts, by what became of them


class Hands(Protocol):
    """Whoever does this work, for one plan. Use as a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def read(
        self,
        batches: Iterable[Batch],
        workspace: Workspace,
        rules: Rules,
        mapping: PermissionMap,
        progress: Progress,
    ) -> None:
        """Stage what the legacy rows say; `mapping` is the one that the rules read flags by."""

    def convert(self, workspace: Workspace, rules: Rules, progress: Progress) -> Dispositions:
        """Stage what ought to exist by the rows, and the findings on the way."""


class OwnHands:
    """The process that makes the plan does all of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(
        self,
        batches: Iterable[Batch],
        workspace: Workspace,
        rules: Rules,
        mapping: PermissionMap,  # noqa: ARG002
        progress: Progress,  # noqa: ARG002
    ) -> None:
        read_rows(batches, workspace, rules)

    def convert(self, workspace: Workspace, rules: Rules, progress: Progress) -> Dispositions:
        return convert_people(workspace, rules, progress)


def read_rows(batches: Iterable[Batch], workspace: Workspace, rules: Rules) -> None:
    """Read the legacy rows into the workspace."""
    with Intake(workspace, encoded.reader(rules), plainness(rules)) as intake:
        workspace.stage_legacy(reading for batch in batches for reading in intake.readings(batch))


def convert_people(workspace: Workspace, rules: Rules, progress: Progress) -> Dispositions:
    """Convert every identity of the workspace; gives how many contacts became of what."""
    seeing = with_terms(with_staff(rules, staff(workspace)), terms(workspace))
    dispositions: Counter[str] = Counter()
    if has_patterns(seeing) and not workspace.is_small:
        _convert_ordinary(workspace, seeing, dispositions)

    def converted() -> Iterator[tuple[list[Resource], list[Finding]]]:
        people = identities(workspace, encoded.reader(rules))
        for identity in counted("convert", people, progress, ordinary.people(workspace)):
            made = convert(identity, seeing)
            for disposition, number in made.dispositions.items():
                dispositions[disposition.value] += number
            yield made.resources, made.findings

    workspace.stage_converted(converted())
    return in_order(dispositions)


def _convert_ordinary(workspace: Workspace, rules: Rules, dispositions: Counter[str]) -> None:
    """Convert one row of each sort for all of it."""
    patterns = ordinary.Patterns(workspace)
    for sort in ordinary.sorts(workspace):
        made = pattern(sort.reading, rules, is_closed=sort.is_closed, is_billed=sort.is_billed)
        if made is not None:
            patterns.add(sort, made.resources, made.findings)
            for disposition, number in made.dispositions.items():
                dispositions[disposition.value] += number * sort.number
    patterns.fill_in()
    workspace.settle("converted")


def in_order(dispositions: Counter[str]) -> Dispositions:
    """Give what occurs, in the order in which it is shown."""
    return {
        each.value: dispositions[each.value] for each in Disposition if dispositions[each.value]
    }
