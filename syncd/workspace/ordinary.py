"""Ordinary rows, converted a sort at a time: patterns in, with each row's own values resources out.

See `convert.ordinary` for what makes a row ordinary; here it must also be the only one of its
address. What has no pattern is left to be converted by itself.
"""

from collections.abc import Iterable, Iterator

import msgspec

from syncd.model.finding import Finding
from syncd.model.reading import ClientReading, ContactReading, Reading
from syncd.model.resources import Profile, Resource
from syncd.model.standin import BILLING, CLIENT, CONTACT, EMAIL, FIRST, LAST
from syncd.workspace.rows import finding_row, resource_row
from syncd.workspace.workspace import Workspace


class Sort(msgspec.Struct, frozen=True):
    """Rows of which the same follows: one of them, and how many they are."""

    sort: int
    number: int
    reading: Reading  # of one that stands for all
    is_closed: bool  # the account of a contact
    is_billed: bool  # a client by a contact of its own


# A sort is all that convert looks at in an ordinary row: its form, and whether it names a billing
# contact, or its account is closed.
_SORT = "4 * form + closed::BIGINT * 2 + (billing <> '')::BIGINT AS sort"
_ORDINARY = f"""
    INSERT INTO ordinary BY NAME
    WITH lonely AS (
        SELECT identity FROM (SELECT identity FROM clients UNION ALL SELECT identity FROM contacts)
        GROUP BY identity HAVING count(*) = 1
    ), unknown AS (
        FROM lonely WHERE identity NOT IN (SELECT email FROM legacy_staff)
    ), alone AS (
        SELECT 'client' AS kind, source, client_id AS id, client_id, identity AS email, billing,
               form, FALSE AS closed, {{client}}
        FROM clients SEMI JOIN unknown USING (identity) WHERE form IS NOT NULL
        UNION ALL BY NAME
        SELECT 'contact' AS kind, source, c.contact_id AS id, client_id, c.identity AS email,
               '' AS billing, form, k.closed, {{contact}}
        FROM contacts c SEMI JOIN unknown USING (identity)
        JOIN client_facts k USING (source, client_id) JOIN contact_forms f USING (form)
        WHERE f.clear AND NOT k.erased
    )
    SELECT *, {_SORT} FROM alone
"""
_SORTS = """
    SELECT s.*, coalesce(k.reading, c.reading) AS reading FROM (
        SELECT sort, kind, form, closed, billing <> '' AS billed, count(*) AS number
        FROM ordinary GROUP BY ALL
    ) s
    LEFT JOIN client_forms k ON s.kind = 'client' AND k.form = s.form
    LEFT JOIN contact_forms c ON s.kind = 'contact' AND c.form = s.form
    ORDER BY sort
"""


def _profile(row: str) -> str:
    """Give what of a plain row is put into a pattern, as JSON: the texts as they are cleaned.

    A plain row has nothing in them that JSON escapes.
    """
    texts = {name: f"trim({row}.{name})" for name in Profile.__struct_fields__}
    parts = ", ".join(
        f"""CASE WHEN {text} <> '' THEN '"{name}":"' || {text} || '"' END"""
        for name, text in texts.items()
    )
    return f"""
        '{{' || concat_ws(',', {parts}) || '}}' AS profile,
        '"' || {texts["first_name"]} || '"' AS first_name,
        '"' || {texts["last_name"]} || '"' AS last_name
    """


_ORDINARY = _ORDINARY.format(client=_profile("clients.legacy"), contact=_profile("c.legacy"))


class _SortRow(msgspec.Struct, frozen=True):
    sort: int
    kind: str
    closed: bool
    billed: bool
    number: int
    reading: str


def sorts(workspace: Workspace) -> Iterator[Sort]:
    """Yield each sort of ordinary rows; all rows must be staged."""
    workspace.fill("ordinary", _ORDINARY)
    kinds: dict[str, type[Reading]] = {"client": ClientReading, "contact": ContactReading}
    for row in workspace.values(_SortRow, _SORTS):
        reading: Reading = msgspec.json.decode(row.reading, type=kinds[row.kind])
        yield Sort(row.sort, row.number, reading, row.closed, row.billed)


def people(workspace: Workspace) -> int:
    """Count the identities that are converted by themselves."""
    rows = "SELECT identity FROM clients UNION SELECT identity FROM contacts"
    number = int(workspace.scalar(f"SELECT count(*) FROM ({rows})"))
    if not workspace.has("patterned"):
        return number
    at_once = "SELECT count(*) FROM ordinary SEMI JOIN patterned USING (sort)"
    return number - int(workspace.scalar(at_once))


class Patterns:
    """Patterns on their way into the workspace. Use as a context manager."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._sorts = workspace.sink("patterned")
        self._resources = workspace.sink("patterns")
        self._findings = workspace.sink("finding_patterns")

    def add(self, sort: Sort, resources: Iterable[Resource], findings: Iterable[Finding]) -> None:
        """Take in what convert made of a sort."""
        self._sorts.add((sort.sort,))
        for resource in resources:
            self._resources.add((sort.sort, *resource_row(resource)))
        for finding in findings:
            self._workspace.codes.add(finding.code)
            self._findings.add((sort.sort, *finding_row(finding)))

    def fill_in(self) -> None:
        """Stage what follows of each ordinary row that has a pattern."""
        for sink in (self._sorts, self._resources, self._findings):
            with sink:
                pass
        self._workspace.fill("converted", _RESOURCES)
        self._workspace.fill("staged_findings", _FINDINGS)


def _filled(column: str, *own: str) -> str:
    """Put a row's own values in the place of the stand-ins in a pattern: all of them, or these."""
    text = f"p.{column}"
    for name in own or _OWN:
        standin, value = _OWN[name]
        text = f"replace({text}, '{standin}', {value})"
    return f"{text} AS {column}"


_NAMES = msgspec.json.encode(Profile(FIRST, LAST)).decode()
_OWN = {
    "profile": (_NAMES, "o.profile"),
    "first": (f'"{FIRST}"', "o.first_name"),
    "last": (f'"{LAST}"', "o.last_name"),
    "email": (EMAIL, "o.email"),
    "contact": (str(CONTACT), "o.id::TEXT"),
    "client": (str(CLIENT), "o.client_id::TEXT"),
    "billing": (str(BILLING), "o.billing"),
}
_RESOURCES = f"""
    INSERT INTO converted BY NAME
    SELECT {_filled("key", "email", "contact", "client")}, p.kind, {_filled("account", "client")},
           {_filled("email", "email")}, {_filled("fp", "first", "last", "email")},
           {_filled("body")}
    FROM ordinary o JOIN patterns p USING (sort)
"""
_FINDINGS = f"""
    INSERT INTO staged_findings BY NAME
    SELECT p.code, p.severity, {_filled("scope", "email", "contact", "client")},
           {_filled("account", "client")}, {_filled("contact_id", "contact")},
           {_filled("email", "email")}, {_filled("detail")}, p.made_on, p.answer
    FROM ordinary o JOIN finding_patterns p USING (sort)
"""
