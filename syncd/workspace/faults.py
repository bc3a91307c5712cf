"""What can go wrong with a workspace, besides what `errors` has for a file."""

from pathlib import Path

from syncd.errors import StoreError


class TooLittleMemory(StoreError):
    """A statement needs more memory than the engine may take, or than there is."""

    def __init__(self, path: Path | str, reason: str, megabytes: int) -> None:
        super().__init__(path, reason)
        self.fields["megabytes"] = megabytes
