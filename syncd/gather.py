"""Gathers the Facts of a planned run from the workspace, for the report."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from syncd.core.permissions import FlagReader
from syncd.core.rows import read_flag
from syncd.model.finding import CATALOGUE
from syncd.model.permission import NONE, Permissions, permissions
from syncd.model.resources import Account, Membership
from syncd.model.verdict import Word
from syncd.pipeline import Planned
from syncd.ports import Provenance
from syncd.report.summary import (
    SAMPLE,
    Access,
    ChangeCount,
    ChangeLine,
    Counts,
    Facts,
    FindingCount,
    Header,
    Mail,
    Report,
    RuleCount,
    SourceLine,
    summarise,
)
from syncd.store import results
from syncd.store.workspace import Workspace


def report_on(
    workspace: Workspace, planned: Planned, header: Header, read_flags: FlagReader
) -> Report:
    """Gather and weigh the facts of a planned run."""
    logins: Counter[str] = Counter()
    unlike: list[Access] = []
    for access in accesses(workspace, read_flags):
        logins[access.state] += 1
        if access.state not in ("same", "owner") and len(unlike) < SAMPLE:
            unlike.append(access)
    invitations, people = results.invitation_counts(workspace)
    return summarise(
        Facts(
            header=header,
            counts=_counts(workspace, planned),
            logins=dict(logins),
            changes=tuple(ChangeCount(*row) for row in results.change_counts(workspace)),
            held=tuple(RuleCount(*row) for row in results.held_counts(workspace)),
            findings=tuple(_finding_counts(workspace)),
            refusals=planned.refusals,
            mails=invitations,
            mailed_people=people,
            access_sample=tuple(unlike),
            held_sample=tuple(islice(_held(workspace), SAMPLE)),
            mail_sample=tuple(islice(mails(workspace), SAMPLE)),
        )
    )


def source_line(provenance: Provenance) -> SourceLine:
    return SourceLine(
        provenance.source,
        provenance.kind,
        provenance.origin,
        provenance.version,
        provenance.taken_at,
        provenance.clients,
        provenance.contacts,
        provenance.remarks,
    )


def _counts(workspace: Workspace, planned: Planned) -> Counts:
    there = "desired JOIN matched m USING (key) WHERE m.kind = "
    return Counts(
        clients=planned.tally.clients,
        contacts=planned.tally.contacts,
        dispositions=planned.dispositions,
        accounts=results.count(workspace, "desired WHERE kind = 'account'"),
        accounts_there=results.count(workspace, f"{there} 'account'"),
        users_there=results.count(workspace, "matched WHERE kind = 'user'"),
        unmanaged=results.unmanaged_counts(workspace),
        waiting=results.count(workspace, _INVITES + "i.fresh"),
        expired=results.count(workspace, _INVITES + "NOT i.fresh"),
    )


_INVITES = "invites i JOIN matched m USING (key) JOIN desired d USING (key) WHERE m.invite AND "


def _finding_counts(workspace: Workspace) -> Iterator[FindingCount]:
    for name, number in results.finding_counts(workspace):
        code = CATALOGUE[name]
        yield FindingCount(name, code.case, code.severity, code.sentence, code.advice, number)


def _held(workspace: Workspace) -> Iterator[ChangeLine]:
    return (line for line in change_lines(workspace) if line.verdict == Word.HOLD)


def change_lines(workspace: Workspace) -> Iterator[ChangeLine]:
    for change, verdict in results.changes(workspace):
        yield ChangeLine(
            change.verb.value,
            change.kind,
            change.key,
            change.reason.value,
            verdict.word.value,
            verdict.rule,
            verdict.why,
        )


def mails(workspace: Workspace) -> Iterator[Mail]:
    """Yield the invitations that applying would send."""
    query = """
        SELECT c.body, d.body FROM changes c
        LEFT JOIN desired d ON d.key = 'account:' || c.account
        WHERE c.kind = 'membership' AND c.verb = '+' AND c.verdict = 'apply' ORDER BY c.key
    """
    for body, account in workspace.stream(query):
        change = msgspec.json.decode(body)
        name = msgspec.json.decode(account, type=Account).name if account else ""
        after = msgspec.convert(change["after"], Membership)
        yield Mail(after.email, after.account, name, after.permissions)


# --- access before and after ----------------------------------------------------------------


def accesses(workspace: Workspace, read_flags: FlagReader) -> Iterator[Access]:
    """Yield every legacy sub-account login, what it could do, and what it can after this plan."""
    for row in results.logins(workspace):
        columns = [flags for subaccount, flags in row["flags"] if read_flag(subaccount)]
        if not columns:
            continue
        before = permissions(key for raw in columns for key in read_flags(raw).permissions)
        after, state, why = _after(row, before)
        name = row["company"] or f"{row['first_name'] or ''} {row['last_name'] or ''}".strip()
        yield Access(row["account"], name, row["email"].strip(), before, after, state, why)


def _after(row: dict[str, Any], before: Permissions) -> tuple[Permissions, str, str]:
    observed = results.held_permissions(row["observed"])
    desired = results.held_permissions(row["desired"])
    now = observed.permissions if observed else NONE
    if row["owner"] == row["email"]:
        return before, "owner", "owns the account"
    if row["verdict"] == Word.HOLD:
        return now, "waits", str(row["rule"])
    if desired is None and row["code"]:
        return now, "waits", str(row["code"])
    if desired is None and observed is None:
        return NONE, "excluded", "left out by policy, or no usable address"
    after = desired.permissions if desired and row["verdict"] == Word.APPLY else now
    lost = set(before) - set(after)
    gained = set(after) - set(before)
    state = "wider" if gained else "narrower" if lost else "same"
    return after, state, "" if state == "same" else "differs from the legacy rows"
