"""What is kept of an observation, whether or not a plan is applied after it."""

from datetime import datetime
from pathlib import Path

import msgspec

from syncd.journal.journal import Journal
from syncd.model.ownership import OwnershipRequest
from syncd.workspace.sightings import keep_sightings
from syncd.workspace.workspace import Workspace


def keep_observed(workspace: Workspace, journal: Journal, folder: Path, now: datetime) -> None:
    """Keep whom the target showed, and what became of ownership requests by it.

    The observation must have been whole, and of the right target: no fuse may have tripped.
    """
    if workspace.has("requests"):
        decode = msgspec.json.Decoder(OwnershipRequest).decode
        bodies = workspace.stream("SELECT body FROM requests ORDER BY number")
        journal.follow_requests(decode(body) for (body,) in bodies)
    keep_sightings(workspace, folder, journal.target, now)
