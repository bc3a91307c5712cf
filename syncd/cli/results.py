"""What the commands print of a run's result, and the exit code it ends with."""

from syncd.cli.printed import columns, out
from syncd.cli.words import Exit
from syncd.model.text import visible
from syncd.report import text
from syncd.report.words import counted
from syncd.run import Result


def show_report(result: Result) -> None:
    width = min(text.WIDTH, columns()) if out.is_terminal else text.WIDTH
    out.print(text.render(result.report, width), markup=False)


def show_plan_folder(result: Result) -> None:
    out.print(f"Plan {result.manifest.plan}, files in {result.folder}", markup=False)


def show_outcome(result: Result) -> None:
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
