"""What becomes of contacts: who gets which mail, what names them, who may ask support."""

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

from syncd.match.references import names_billing
from syncd.model.policy import SupportRule
from syncd.report import recipients, worksheet
from syncd.report.census import Census, in_passing
from syncd.report.facts import ContactFacts, Recipient, Task
from syncd.report.filling import fill
from syncd.report.naming import Reference
from syncd.report.tables import RECIPIENTS, REFERENCES, SUPPORT, WORKSHEET
from syncd.workspace.workspace import Workspace


def write(workspace: Workspace, folder: Path, support: SupportRule) -> ContactFacts:
    """Write recipients, references, support contacts and the worksheet."""
    changes = Census[Recipient, str](attrgetter("change"), in_passing)
    tasks = Census[Task, str](attrgetter("rule"), in_passing)
    RECIPIENTS.write(folder, changes.counted(recipients.recipients(workspace)))
    return ContactFacts(
        recipients_added=changes.numbers["added"],
        recipients_removed=changes.numbers["removed"],
        referenced=REFERENCES.write(folder, references(workspace)),
        support=_write_support(workspace, folder, support),
        by_hand=WORKSHEET.write(folder, tasks.counted(worksheet.tasks(workspace))),
        recipient_sample=changes.sample,
        task_sample=tasks.sample,
    )


def write_worksheet(workspace: Workspace, folder: Path) -> ContactFacts:
    """Write what a plan that takes back a run leaves to a person; it knows no more of contacts."""
    tasks = Census[Task, str](attrgetter("rule"), in_passing)
    by_hand = WORKSHEET.write(folder, tasks.counted(worksheet.held(workspace)))
    return ContactFacts(by_hand=by_hand, task_sample=tasks.sample)


# --- references -------------------------------------------------------------------------------

_REFERENCES = """
    WITH uses AS (
        SELECT source, contact_id, map_from_entries(list((kind, number))) AS uses
        FROM contact_uses GROUP BY ALL
    )
    SELECT ref_of(u.source, u.contact_id) AS contact_id,
           coalesce(ref_of(c.source, c.client_id), '') AS account,
           coalesce(k.label, '') AS account_name,
           coalesce(address_of(c.identity), '') AS email,
           CASE WHEN l.contact_id IS NULL THEN ''
                WHEN k.identity = c.identity THEN 'owner'
                WHEN m.key IS NOT NULL OR a.key IS NOT NULL THEN 'keeps' ELSE 'waits' END AS login,
           u.uses
    FROM uses u
    LEFT JOIN contacts c USING (source, contact_id)
    LEFT JOIN clients k ON k.source = c.source AND k.client_id = c.client_id
    LEFT JOIN logins l ON l.contact_id = c.contact_id
                      AND l.account = ref_of(c.source, c.client_id)
    LEFT JOIN matched m ON m.key = l.key AND NOT m.invite
    LEFT JOIN changes a ON a.key = l.key AND a.verb = '+' AND a.verdict = 'apply'
    ORDER BY u.source, u.contact_id
"""


def references(workspace: Workspace) -> Iterator[Reference]:
    """Yield every contact that something names, by its id."""
    if not (workspace.has("legacy_references") or names_billing(workspace)):
        return
    yield from workspace.values(Reference, _REFERENCES)


# --- support ----------------------------------------------------------------------------------

_BASIS: dict[SupportRule, str] = {"support-mail": "gets support mail", "all": "any contact"}
_SUPPORT = """
    SELECT d.account, coalesce(k.label, '') AS account_name,
           split_part(d.key, ':', 2) AS contact_id,
           coalesce(nullif(concat_ws(' ', nullif(said[1], ''), nullif(said[2], '')), ''),
                    said[3], '') AS name,
           d.email, $basis AS basis, coalesce(t.tickets, 0)::VARCHAR AS tickets
    FROM (
        SELECT key, account, email, json_extract_string(body, [
            '$.profile.first_name', '$.profile.last_name', '$.profile.company'
        ]) AS said
        FROM desired
        WHERE kind = 'contact' AND ($all OR json_contains(body -> '$.preferences', '"support"'))
    ) d
    JOIN clients k ON ref_of(k.source, k.client_id) = d.account
    LEFT JOIN (
        SELECT contact_key(ref_of(source, contact_id)) AS key, sum(number)::BIGINT AS tickets
        FROM legacy_references WHERE kind = 'ticket' GROUP BY ALL
    ) t ON t.key = d.key
    ORDER BY k.source, k.client_id, length(d.key), d.key
"""


def _write_support(workspace: Workspace, folder: Path, rule: SupportRule) -> int:
    """Write the contacts that may ask support by the rule, and give their number.

    Who may ask is a right the host gives by the legacy rows, so held contacts are in it as well.
    """
    if rule == "none":
        with SUPPORT.lines(folder):
            return 0
    asked = {"basis": _BASIS[rule], "all": rule == "all"}
    return fill(SUPPORT, folder, workspace, _SUPPORT, asked)
