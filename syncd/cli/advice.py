"""What to do where access is refused, in the words of the table of errors and of `syncd check`."""

from syncd import errors
from syncd.workers import faults

# What to do where access is refused, by a target or by a source that is an API.
ACCESS: tuple[tuple[type[errors.SyncdError], str], ...] = (
    (errors.CredentialsRefused, "Check identifier and secret of the API credential."),
    (errors.AddressRefused, "Add this machine's address to the API IP allow list."),
    (errors.ActionRefused, "Tick {action} in the credential's API role."),
    (errors.CompanionUnusable, "Look at docs/companion.md, or set target.companion to off."),
    (errors.AccessRefused, "Check the API credential and its role."),
)

# A journal in a database, which no run goes on without.
JOURNAL_AT = "Cannot use the journal {path}: {reason}"
JOURNAL_AWAY = (
    "What it has recorded stands, and nothing is sent to the target without it. Look at the "
    "database, then run again."
)

# Workers, who make nothing but the plan.
WORKERS: tuple[tuple[type[errors.SyncdError], str], ...] = (
    (
        faults.QueueUnreachable,
        (
            "Cannot use the queue of the workers {path}: {reason} Nothing was sent to the target. Look "
            "at the database, or take workers out of the configuration to go without; then run again."
        ),
    ),
    (
        faults.FolderUnusable,
        (
            "Cannot use the folder of the workers, {path}: {reason} Make workers.folder one that this "
            "host and those of all workers can write, as the same user; then run again."
        ),
    ),
    (
        faults.ShareUnusable,
        (
            "The workers' file {path} cannot be used: {reason} Nothing was sent to the target. Check "
            "the disk and the network of workers.folder, then run again."
        ),
    ),
    (
        faults.NoWorker,
        (
            "No worker took up the jobs in {queue} for {seconds} s.{refusal} Nothing was sent to the "
            "target. Start `syncd worker` with the same syncd, workers.database and workers.folder, or "
            "take workers out of the configuration to go without; then run again."
        ),
    ),
    (
        faults.JobFailed,
        (
            "The worker {worker} could not do its share: {reason}\n"
            "Nothing was sent to the target. Put that right there, then run again."
        ),
    ),
    (
        faults.JobsWithdrawn,
        (
            "Jobs of this plan went from the queue {queue}, and nobody has done them. Nothing was sent "
            "to the target. The worker's log may say why; then run again."
        ),
    ),
)


def access_advice(error: BaseException | None) -> str:
    """Say what to do where access was refused; "" for any other error."""
    for kind, advice in ACCESS:
        if isinstance(error, errors.SyncdError) and isinstance(error, kind):
            return advice.format(**error.fields)
    return ""
