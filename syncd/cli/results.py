"""What the commands print of a run's result, and the exit code it ends with."""

import shutil
import sys
from typing import BinaryIO

from syncd.apply.apply import Applied
from syncd.cli.printed import columns, out
from syncd.cli.words import Exit
from syncd.model.text import visible
from syncd.report import text
from syncd.report.words import counted
from syncd.run import Result


def written(result: Result) -> BinaryIO:
    """Open the report.json of a plan, whose folder may be gone by the time it is shown."""
    return (result.folder / "report.json").open("rb")


def show_report(result: Result, document: BinaryIO | None = None) -> None:
    """Print the report: as text or, where it is given as a `document`, as that."""
    if document is not None:
        with document:
            sys.stdout.flush()
            shutil.copyfileobj(document, sys.stdout.buffer)
        return
    width = min(text.WIDTH, columns()) if out.is_terminal else text.WIDTH
    out.print(text.render(result.report, width), markup=False)


def show_plan_folder(result: Result) -> None:
    out.print(f"Plan {result.manifest.plan}, files in {result.folder}", markup=False)


def show_outcome(result: Result) -> None:
    """Print the block that ends a command that applies: which run, what of it, and what next."""
    out.print(f"Run {result.run_id}", markup=False)
    _show_changes(result)
    if result.applied is not None:
        out.print(f"Mails: {_mails(result.applied)}.", markup=False)
    held = counted(result.manifest.holds, "change") if result.manifest.holds else "nothing"
    out.print(f"Held: {held}.", markup=False)
    out.print(f"Next: {_next(result)}", markup=False)


def _mails(applied: Applied) -> str:
    sent = counted(applied.mails, "invitation") if applied.mails else "none"
    doubted = f", {applied.mails_in_doubt} more in doubt" if applied.mails_in_doubt else ""
    return f"{sent}{doubted}"


def _next(result: Result) -> str:
    applied, folder = result.applied, result.folder
    if applied is None:
        return "put right what the fuse names, or lift it for one run with --allow and --because."
    if applied.stopped or applied.failed:
        return "run the same command again; the log names what did not apply."
    if result.undecided:
        return (
            f"answer its questions (`syncd decide {folder}`) and do what worksheet.csv there lists."
        )
    if applied.mails:
        return "wait for the people invited; `syncd status` names whom to phone."
    return "nothing; `syncd verify` certifies who may do what."


def _show_changes(result: Result) -> None:
    applied = result.applied
    if applied is None:
        for refusal in result.manifest.refusals:
            out.print(f"Refused by the fuse {refusal.fuse}: {visible(refusal.why)}", markup=False)
        out.print("Nothing was applied.", markup=False)
        return
    if result.done_before:
        before = counted(result.done_before, "change of this plan was", "changes of this plan were")
        out.print(f"{before} applied by an earlier run.", markup=False)
    counts = ", ".join(
        f"{number} {outcome}" for outcome, number in sorted(applied.outcomes.items())
    )
    out.print(f"Changes: {counts or 'none were needed'}.", markup=False)
    if applied.noted:
        changes = counted(applied.noted, "applied change has", "applied changes have")
        out.print(f"{changes} a note in the log, the first: {visible(applied.note)}", markup=False)
    if applied.stopped == "stopped":
        out.print("Stopped between changes; run again to go on.", markup=False)
    elif applied.stopped:
        out.print("The target stopped answering; run again to go on.", markup=False)
    elif applied.failed:
        out.print("The next run plans again what did not apply.", markup=False)


def exit_of(result: Result) -> Exit:
    if result.manifest.refusals:
        return Exit.REFUSED
    if result.applied is not None and (result.applied.failed or result.applied.stopped):
        return Exit.NOT_READY if result.applied.stopped == "unreachable" else Exit.ERROR
    return Exit.HELD if result.undecided else Exit.DONE
