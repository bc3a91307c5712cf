"""How much may be taken in one run, and what a person has to allow: a second opinion on syncd's.

Of its limits only that on removals is within reach. For that on updates, flags would have to change
for ten days without a good run between them.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from estate import REMOVALS
from ledger import BY_JOURNAL, BY_PLAN, BY_READING, Shown

if TYPE_CHECKING:
    from town import Place
    from troubles import Outlook

PLANNED = BY_JOURNAL | BY_PLAN | BY_READING  # what a run judges that comes to a plan
TOO_MANY: Shown = ("fuse_blown", "removals")


def under_fuses(outlook: "Outlook", overdue: Sequence["Place"]) -> "Outlook":
    """Give what comes of a run that finds so much to take: where it is too much, a refusal."""
    wanted = permits(overdue)
    if not (wanted and outlook.applies):
        return outlook
    refused = frozenset({"refused"})
    return replace(
        outlook, status=refused, shows={TOO_MANY}, judged=PLANNED, applies=False, permits=wanted
    )


def permits(overdue: Sequence["Place"]) -> frozenset[str]:
    """Give what a person has to allow before these are taken; nothing where they are few."""
    if len(overdue) <= REMOVALS:
        return frozenset()
    most = max(Counter(client for client, _ in overdue).values())
    also = {f"removals-per-account={most}"} if most > REMOVALS else set()
    return frozenset({f"removals={len(overdue)}"} | also)


def permits_in(words: str) -> frozenset[str]:
    """Give what a sentence of syncd says to allow."""
    return frozenset(re.findall(r"--allow (\S+)", words))
