"""What becomes of people's passwords where silence was promised: a row a person, and the reasons.

Of the logins it is said in access.csv; this gathers the same words by person.
"""

from collections import Counter
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import msgspec

from syncd.report.census import Census
from syncd.report.keeping import PasswordOf, SilenceFacts
from syncd.report.tables import PASSWORDS
from syncd.report.words import why_no_password
from syncd.workspace.changes import AttachedCount, attached_count
from syncd.workspace.workspace import Workspace

# What counts for a person, first what counts most.
_ORDER = ("carried", "kept", "reset", "set")
_PEOPLE = """
    WITH people AS (
        SELECT email, min(list_position($1, password_after)) AS rank,
               array_agg(DISTINCT password ORDER BY password) AS kinds,
               array_agg(DISTINCT account ORDER BY account) AS accounts
        FROM accesses WHERE len("after") > 0 AND list_contains($1, password_after) GROUP BY email
    )
    SELECT p.email, $1[p.rank] AS outcome, coalesce(a.why, '') AS why, p.kinds, p.accounts,
           CASE WHEN $1[p.rank] = 'carried' THEN a.body ->> '$.password.contact' END AS contact
    FROM people p LEFT JOIN attachable a USING (email) ORDER BY p.email
"""


class _Keeping(msgspec.Struct, frozen=True):
    email: str
    outcome: str
    why: str
    kinds: list[str]
    accounts: list[str]
    contact: str | None


def write(workspace: Workspace, folder: Path, *, promised: bool) -> SilenceFacts:
    """Write passwords.csv: where silence was promised, whoever has access by the plan.

    Who waits has none by it, also where the target has a user of that address: maybe a stranger.
    """
    census = Census[PasswordOf, str](attrgetter("password_after"))
    reasons = Counter[str]()

    def people() -> Iterator[PasswordOf]:
        if not workspace.has("contacts"):
            return
        for person in workspace.values(_Keeping, _PEOPLE, [list(_ORDER)]):
            why = person.why or "no-row"
            if person.outcome == "reset":
                reasons[why] += 1
            yield PasswordOf(
                email=person.email,
                password_after=person.outcome,
                why=why_no_password(why) if person.outcome == "reset" else "",
                password=" ".join(person.kinds),
                contact_id=person.contact or "",
                accounts=" ".join(person.accounts),
            )

    PASSWORDS.write(folder, census.counted(people() if promised else ()))
    outcomes = dict(sorted(census.numbers.items()))
    attached = attached_count(workspace) if workspace.has("judged") else AttachedCount()
    return SilenceFacts(attached, outcomes, dict(sorted(reasons.items())))
