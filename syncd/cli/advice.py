"""What to do where access is refused, in the words of the table of errors and of `syncd check`."""

from syncd import errors
from syncd.cli.daemon.faults import DaemonRunning, NoDaemon, Paused, PauseUnusable
from syncd.journal.faults import JournalElsewhere, JournalUnreachable
from syncd.workers import faults
from syncd.workspace.faults import TooLittleMemory

# What to do where access is refused, by a target or by a source that is an API.
ACCESS: tuple[tuple[type[errors.SyncdError], str], ...] = (
    (errors.CredentialsRefused, "Check identifier and secret of the API credential."),
    (errors.AddressRefused, "Add this machine's address to the API IP allow list."),
    (errors.ActionRefused, "Tick {action} in the credential's API role."),
    (errors.CompanionUnusable, "Look at docs/companion.md, or set target.companion to off."),
    (errors.AccessRefused, "Check the API credential and its role."),
)

# A journal in a database, which no run goes on without, and the workspace.
_JOURNAL = "Cannot use the journal {path}: {reason}"
STORES: tuple[tuple[type[errors.SyncdError], str], ...] = (
    (
        JournalUnreachable,
        (
            f"{_JOURNAL} What it has recorded stands, and nothing is sent to the target without "
            "it. Look at the database, then run again."
        ),
    ),
    (JournalElsewhere, f"{_JOURNAL} Look at docs/journal.md, On PostgreSQL."),
    (
        TooLittleMemory,
        (
            "The workspace {path} ran out of memory at {megabytes} MB: {reason} Check that as much "
            "is free, and room on its disk. If so, report this with the number of contacts."
        ),
    ),
)

# The daemon, and what holds its runs.
DAEMON: tuple[tuple[type[errors.SyncdError], str], ...] = (
    (
        DaemonRunning,
        (
            "A daemon is running on {path} already ({holder}), so this one has not begun. Stop "
            "that one first. Or let it go on: SIGHUP has it take a new config; for a sync now, run "
            "`syncd run --now`."
        ),
    ),
    (
        NoDaemon,
        "No daemon is running on {path}. Run `syncd run` to start it, or `syncd sync` once.",
    ),
    (
        Paused,
        "Nothing was done: {pause} Run `syncd resume` to end it. Plan and apply still run.",
    ),
    (
        PauseUnusable,
        (
            "All runs are held, as {path} cannot be read: {reason} Run `syncd resume` to remove "
            "it, or `syncd pause` to write it anew."
        ),
    ),
)

# Workers, who make nothing but the plan.
_NOTHING_SENT = "Nothing was sent to the target. "
_WITHOUT = "or take workers out of the configuration to go without; then run again."
WORKERS: tuple[tuple[type[errors.SyncdError], str], ...] = (
    (
        faults.QueueUnreachable,
        (
            f"Cannot use the queue of the workers, {{path}}: {{reason}} {_NOTHING_SENT}"
            f"Look at the database, {_WITHOUT}"
        ),
    ),
    (
        faults.FolderUnusable,
        (
            f"Cannot write {{path}}: {{reason}} {_NOTHING_SENT}Make workers.folder one that this "
            "host and those of all workers can write, as the same user; then run again."
        ),
    ),
    (
        faults.ShareUnusable,
        (
            f"The file {{path}} of the workers cannot be used: {{reason}} {_NOTHING_SENT}"
            "Check the disk and the network of workers.folder, then run again."
        ),
    ),
    (
        faults.NoWorker,
        (
            f"No worker took up a job in {{queue}} for {{seconds}} s.{{refusal}} {_NOTHING_SENT}"
            "Start `syncd worker` with the same syncd, workers.database, workers.folder and "
            f"target.name, {_WITHOUT}"
        ),
    ),
    (
        faults.JobFailed,
        (
            f"The worker {{worker}} could not do its share: {{reason}}\n{_NOTHING_SENT}"
            "Put that right there, then run again."
        ),
    ),
    (
        faults.JobsWithdrawn,
        (
            "Jobs of this plan went from the queue {queue}, and nobody has done them. "
            f"{_NOTHING_SENT}Look at the logs of the workers, then run again."
        ),
    ),
)


def access_advice(error: BaseException | None) -> str:
    """Say what to do where access was refused; "" for any other error."""
    for kind, advice in ACCESS:
        if isinstance(error, errors.SyncdError) and isinstance(error, kind):
            return advice.format(**error.fields)
    return ""
