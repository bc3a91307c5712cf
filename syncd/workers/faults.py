"""What can go wrong where several processes make a plan. Nothing of it touches the target."""

from syncd.errors import StoreError, SyncdError


class QueueUnreachable(StoreError):
    """The database of the queue does not answer, or refuses what is asked of it."""


class FolderUnusable(StoreError):
    """The folder that is shared with the workers cannot be written or read."""


class ShareUnusable(StoreError):
    """A file of a share is not there, or not as its seal says."""


class NoWorker(SyncdError):
    """Nobody took up the jobs of a plan; `refusal` is what a worker said who did not want to."""

    def __init__(self, queue: str, seconds: float, refusal: str = "") -> None:
        super().__init__(queue=queue, seconds=f"{seconds:g}", refusal=refusal)


class JobFailed(SyncdError):
    """A worker could not do a job."""

    def __init__(self, worker: str, reason: str) -> None:
        super().__init__(worker=worker, reason=reason)


class JobsWithdrawn(SyncdError):
    """Jobs went away that nobody has done: somebody else took them out of the queue."""

    def __init__(self, queue: str) -> None:
        super().__init__(queue=queue)


class JobRefused(SyncdError):
    """A worker must not do a job: it, or what it sees, is not what the plan was begun with."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason
