"""What becomes of people's passwords where silence was promised: a row a person, and the reasons.

Of the logins it is said in access.csv; this gathers the same words by person.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path

import msgspec

from syncd.report.census import Census
from syncd.report.facts import Access
from syncd.report.keeping import PasswordOf, SilenceFacts
from syncd.report.tables import PASSWORDS
from syncd.report.words import why_no_password
from syncd.workspace.changes import AttachedCount, attached_count
from syncd.workspace.workspace import Workspace

# What counts for a person, first what counts most.
_ORDER = ("carried", "kept", "reset", "set")
_PEOPLE = """
    WITH people AS (
        SELECT email, min(list_position($1, outcome)) AS rank,
               array_agg(DISTINCT kind ORDER BY kind) AS kinds,
               array_agg(DISTINCT account ORDER BY account) AS accounts
        FROM passwords_after WHERE list_contains($1, outcome) GROUP BY email
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


def noted(workspace: Workspace, passing: Iterable[Access]) -> Iterator[Access]:
    """Pass logins on, noting what becomes of the password of each that has access by the plan.

    Who waits has none by it, also where the target has a user of that address: maybe a stranger.
    """
    with workspace.sink("passwords_after") as sink:
        for access in passing:
            if access.after:
                sink.add((access.email, access.account, access.password, access.password_after))
            yield access


def write(workspace: Workspace, folder: Path) -> SilenceFacts:
    """Write passwords.csv, of the logins that were noted."""
    census = Census[PasswordOf, str](attrgetter("password_after"))
    reasons = Counter[str]()

    def people() -> Iterator[PasswordOf]:
        if not workspace.has("passwords_after"):
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

    PASSWORDS.write(folder, census.counted(people()))
    outcomes = dict(sorted(census.numbers.items()))
    attached = attached_count(workspace) if workspace.has("judged") else AttachedCount()
    return SilenceFacts(attached, outcomes, dict(sorted(reasons.items())))
