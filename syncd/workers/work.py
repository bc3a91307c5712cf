"""What a worker does for a job: the work of `hands`, on one share, from the shelf to the shelf.

It reads nothing but the shelf and writes nothing else. A job may be done twice, or half and then
again by another: nothing has an effect but the last file, which says that the share is done.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from syncd.convert.rows import Rules
from syncd.ports import Batch
from syncd.workers.faults import JobRefused
from syncd.workers.hands import convert_people, read_rows
from syncd.workers.queue import Errand
from syncd.workers.shelf import PlanShelf, batches
from syncd.workers.shipped import Shipped, program, unpacked
from syncd.workspace import shares
from syncd.workspace.workspace import Workspace

ROWS = ("clients", "contacts")
FORMS = ("client_forms", "contact_forms")  # of one share: another one counts its own
COMMON = ("legacy_staff", "legacy_terms")  # tables that every share is converted with

Check = Callable[[], None]  # raises where the work is not wanted any more


def do(errand: Errand, shelf: PlanShelf, scratch: Path, check: Check) -> None:
    """Do what a job says; raises `JobRefused` where another worker may be able to."""
    if errand.program != program():
        reason = f"the plan is made by {errand.program}, and this worker is {program()}."
        raise JobRefused(reason)
    if not shelf.is_there():
        reason = f"it has no folder {shelf.folder}: workers.folder must be one that all share."
        raise JobRefused(reason)
    if shelf.has(f"{errand.step}-{errand.share}"):
        return
    rules = unpacked(shelf.value("rules", Shipped, errand.rules))
    step = {"read": _read, "convert": _convert}[errand.step]
    with Workspace(scratch / "workspace.duckdb", rules.decisions) as workspace:
        step(errand, shelf, workspace, rules, check)


def _read(
    errand: Errand, shelf: PlanShelf, workspace: Workspace, rules: Rules, check: Check
) -> None:
    def checked() -> Iterator[Batch]:
        for batch in batches(shelf.checked(f"rows-{errand.share}")):
            check()
            yield batch

    read_rows(checked(), workspace, rules)
    for table in (*ROWS, *FORMS, "client_facts"):
        check()
        shelf.put(f"{table}-{errand.share}", partial(shares.lay_down, workspace, table))
    shelf.put_value(f"read-{errand.share}", {})


def _convert(
    errand: Errand, shelf: PlanShelf, workspace: Workspace, rules: Rules, check: Check
) -> None:
    for table in (*ROWS, *FORMS):
        workspace.take_in(table, shelf.checked(f"{table}-{errand.share}"))
    for table in COMMON:
        workspace.take_in(table, shelf.checked(table))
    facts = [shelf.checked(f"client_facts-{share}") for share in range(errand.shares)]
    shares.look_around(workspace, facts)
    workspace.settle("clients", "contacts")
    dispositions = convert_people(workspace, rules, lambda *_: check())
    for table in ("converted", "staged_findings"):
        check()
        shelf.put(f"{table}-{errand.share}", partial(shares.lay_down, workspace, table))
    shelf.put_value(f"convert-{errand.share}", dispositions)
