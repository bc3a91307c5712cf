"""Why: one key from its legacy rows to the verdict, as a tree that can be pasted into a ticket."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from syncd.cli.printed import out, show_json
from syncd.cli.terminal import job_for
from syncd.convert import encoded
from syncd.decide.judge import objections
from syncd.decide.rules import Rule
from syncd.errors import UnknownKey
from syncd.journal.journal import Journal
from syncd.model.catalogue import CATALOGUE
from syncd.model.change import Verb
from syncd.model.connection import JOURNAL
from syncd.model.decision import Decision, consequence_of
from syncd.model.finding import Finding
from syncd.model.keys import account_key, contact_key, parts_of, user_key
from syncd.model.reading import ClientReading, ContactReading, Reading, RowReader
from syncd.model.resources import Account, Contact, Invite, Membership, Observable
from syncd.model.suppression import Suppressed, is_suppressed
from syncd.model.text import visible
from syncd.model.verdict import Verdict, Word
from syncd.pipeline import Settings, make_plan
from syncd.ports import Progress, Source, Target
from syncd.report.words import why_no_password
from syncd.workspace import lookup
from syncd.workspace.rows import place
from syncd.workspace.workspace import Workspace

_VERBS = {"+": "make", "~": "change", "-": "remove"}
# Why nothing is made of a row, where the finding is on its account or on the person.
_LEFT_OUT = frozenset(
    ("closed_account", "closed_account_people", "excluded_by_policy", "erased_person",
     "suppressed_person", "orphan_contact")
)  # fmt: skip
_SUPPRESSED = (
    "on the suppression list: its rows are skipped, its data in the target is left alone, and no "
    "plan or report names it"
)


def show_why(key: str, config: Path, backup: Path | None, *, as_json: bool = False) -> None:
    with job_for(config, backup) as job, ExitStack() as stores:
        name = job.target.name
        journal = stores.enter_context(Journal.open(job.journal or job.state_dir / JOURNAL, name))
        scratch = job.state_dir / f"explain-{os.getpid()}.duckdb"
        workspace = stores.enter_context(Workspace(scratch, job.settings.rules.decisions))
        tree = explain(
            key, job.sources, job.target, workspace, journal, job.settings, job.now(), job.progress
        )
    if as_json:
        show_json(1, key=key, why=[_said(branch) for branch in tree.children])
        return
    # Nothing is cut: wrapped on a terminal, whole lines where another program reads.
    wide = out if out.is_terminal else Console(highlight=False, width=10_000)
    wide.print(tree, soft_wrap=False)


def _said(tree: Tree) -> dict[str, Any]:
    return {"says": str(tree.label), "because": [_said(branch) for branch in tree.children]}


def explain(
    key: str,
    sources: list[Source],
    target: Target,
    workspace: Workspace,
    journal: Journal,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> Tree:
    """Plan without applying, and show what became of one key and why. Raises `UnknownKey`."""
    root = Tree(Text(visible(key)))
    if is_suppressed(lookup.address(key), settings.matching.suppressed):
        _add(root, _SUPPRESSED)
        return root
    reader = target.reader()
    make_plan(sources, reader, workspace, journal, settings, now, progress)
    identities = [
        identity
        for identity in lookup.identities(workspace, key)
        if not is_suppressed(identity, settings.matching.suppressed)
    ]
    if not identities:
        raise UnknownKey(key)
    keys = {identity: lookup.keys(workspace, identity) for identity in identities}
    asked = frozenset(resource_key for some in keys.values() for resource_key in some)
    judged = _Judged(
        held_by=objections(workspace, reader, settings.guard, settings.rules.decisions, asked),
        decided={(decision.on, decision.scope): decision for decision in settings.rules.decisions},
        suppressed=settings.matching.suppressed,
        reader=encoded.reader(settings.rules),
    )
    for identity in identities:
        _person(root, identity, keys[identity], workspace, judged)
    return root


class _Judged(msgspec.Struct, frozen=True):
    """What is known beside the workspace: every objection by key, and every decision."""

    held_by: Mapping[str, list[Verdict]]
    decided: Mapping[tuple[str, str], Decision]  # by what it answers, and its scope
    suppressed: Suppressed
    reader: RowReader


def _person(
    root: Tree, identity: str, keys: Iterable[str], workspace: Workspace, judged: _Judged
) -> None:
    node = _add(root, identity.strip() or "(no address)")
    rows = list(lookup.rows(workspace, judged.reader, identity))
    _rows(node, rows)
    findings = list(lookup.findings(workspace, identity))
    _findings(node, findings, judged)
    for key in keys:
        states = lookup.states(workspace, key)
        branch = _add(node, key)
        _states(branch, states, judged.suppressed)
        left_out = [] if states.desired else _left_out(key, rows, findings)
        if states.change is None:
            _add(branch, f"change: none, {_no_change(states, left_out)}")
        else:
            _change(branch, key, states.change, judged, left_out)
            if attached := lookup.attached(workspace, key):
                _add(branch, _attached(attached))


def _add(node: Tree, text: str) -> Tree:
    return node.add(Text(visible(text)))


# --- what the legacy rows say ---------------------------------------------------------------


def _rows(node: Tree, rows: list[lookup.LegacyRow]) -> None:
    branch = _add(node, "legacy rows")
    for row in rows:
        reading, status = row.reading, row.status or "no status"
        name = _name(reading)
        if isinstance(reading, ClientReading):
            client = f"client {reading.account} ({row.label}): {name}, {status}"
            _add(branch, f"{client}; owns the account")
            continue
        account = "no such client" if row.label is None else f"{row.label}, {status}"
        contact = _add(
            branch, f"contact {reading.contact_id} of {reading.account} ({account}): {name}"
        )
        for line in _contact(reading):
            _add(contact, line)
    if not branch.children:
        _add(branch, "none")


def _contact(contact: ContactReading) -> Iterator[str]:
    row, flags = contact.row, contact.flags
    if contact.email != (row.email or ""):
        yield f"the address is written as {row.email!r}"
    yield f"mail: {', '.join(contact.mail) or 'none'}"
    if not contact.login:
        yield f"no login: subaccount is {row.subaccount!r}"
        return
    yield f"a login: subaccount is {row.subaccount!r}, permissions {row.permissions!r}"
    yield f"gives: {', '.join(flags.permissions) or 'nothing'}"
    if flags.unknown:
        yield f"unknown, so gives nothing: {', '.join(flags.unknown)}"


def _name(reading: Reading) -> str:
    row = reading.row
    names = " ".join(part for part in (row.first_name, row.last_name, row.company) if part)
    return f"{names} <{row.email or ''}>"


# --- what is found about them ---------------------------------------------------------------


def _findings(node: Tree, findings: list[Finding], judged: _Judged) -> None:
    branch = _add(node, "findings")
    for finding in findings:
        code = CATALOGUE[finding.code]
        scope = parts_of(finding.scope)
        on = f"on {finding.scope}"
        if scope.kind == "account":
            on = f"of the account {scope.account}"
        leaf = _add(branch, f"{finding.severity} {code.code} [{code.case}] {on}: {code.sentence}")
        if finding.detail:
            _add(leaf, f"data: {finding.detail}")
        for line in _ways_on(finding, judged):
            _add(leaf, line)
    if not branch.children:
        _add(branch, "none")


def _ways_on(finding: Finding, judged: _Judged) -> Iterator[str]:
    code = CATALOGUE[finding.code]
    if finding.answer:
        consequence = consequence_of(finding.code, finding.answer)
        yield f"decided: {finding.answer} = {consequence}"
        yield _by(judged.decided[finding.code, finding.scope])
        return
    yield code.advice
    for answer, consequence in code.answers.items():
        yield f"possible answer: {answer} = {consequence}"


def _by(decision: Decision) -> str:
    return f"by {decision.by}, {decision.at}" + (decision.because and f": {decision.because}")


def _left_out(key: str, rows: list[lookup.LegacyRow], findings: list[Finding]) -> list[str]:
    """Name what leaves out the row, the account or the person that a key is about."""
    parts = parts_of(key)
    scopes = {key}
    if parts.kind == "membership":
        scopes |= {account_key(parts.account), user_key(parts.email)}
    for reading in (row.reading for row in rows):
        if isinstance(reading, ContactReading) and key == contact_key(reading.contact_id):
            scopes.add(account_key(reading.account))
    return [
        finding.code
        for finding in findings
        if finding.code in _LEFT_OUT and finding.scope in scopes
    ]


# --- what follows ---------------------------------------------------------------------------


def _states(node: Tree, states: lookup.States, suppressed: Suppressed) -> None:
    _add(node, f"desired: {_shown(states.desired, suppressed)}")
    _add(node, f"observed: {_observed(states, suppressed)}")
    written = f", {states.written_at}" if states.written_at else ""
    _add(node, f"applied: {_shown(states.applied, suppressed)}{written}")


def _change(
    node: Tree, key: str, change: lookup.Headline, judged: _Judged, left_out: list[str]
) -> None:
    is_held = change.verdict == Word.HOLD
    what = f"{_VERBS[change.verb]} ({change.verb} {change.reason})"
    branch = _add(node, f"change: {what} -> {change.verdict} {change.rule}".rstrip())
    _add(branch, change.why or "no rule holds it")
    if left_out:
        _add(branch, f"no longer desired ({', '.join(left_out)})")
    if change.verb == Verb.REMOVE and is_held:
        _add(branch, "held: nothing is taken away; what the target has stays")
    decision = judged.decided.get((change.reason, key))
    if decision and change.rule != f"{Rule.REASON}:{change.reason}":  # else it is stale
        _add(branch, f"decided: {decision.answer}, {_by(decision)}")
    others = [other for other in judged.held_by.get(key, ()) if other.rule != change.rule]
    if others and is_held:
        more = _add(branch, "also held by:")
        for other in others:
            _add(more, f"{other.rule}: {other.why}")


def _attached(how: lookup.Attached) -> str:
    password = how.attach.password
    if password:
        kept = f"the new user keeps the password of {password.contact}, on {password.account}"
    elif how.attach.makes_user:
        kept = f'the new user must use "forgot password": {why_no_password(how.why)}'
    else:
        kept = "the user keeps the own password"
    return f"attached without a mail; {kept}"


def _no_change(states: lookup.States, left_out: list[str]) -> str:
    if states.desired is None:
        said = "not desired" if states.observed is None else "unmanaged: left alone"
        return said + (f" ({', '.join(left_out)})" if left_out else "")
    return _as_desired(states)


def _as_desired(states: lookup.States) -> str:
    match states.desired, states.observed:
        case _, None:
            return "the target says this person owns the account; owners are never changed"
        case _, Invite():
            return "the invitation has not been accepted yet"
        case Account(owner=wanted), Account(owner=owner) if wanted != owner:
            return "the target has another owner, and owners are never changed"
    if states.checked_at:
        return "the target had it as desired when it was last checked"
    return "the target has it as desired"


def _observed(states: lookup.States, suppressed: Suppressed) -> str:
    if states.unread:
        return "member, permissions not read in this run"
    shown = _shown(states.observed, suppressed)
    if states.checked_at:
        at = datetime.fromisoformat(states.checked_at)
        shown += f" (checked on {at:%Y-%m-%d %H:%M}, not read again)"
    return shown


def _shown(resource: Observable | None, suppressed: Suppressed) -> str:
    if resource is not None and is_suppressed(place(resource)[1], suppressed):
        return "(suppressed)"
    return _content(resource)


def _content(resource: Observable | None) -> str:
    match resource:
        case None:
            return "-"
        case Membership(permissions=permissions):
            return f"member with {', '.join(permissions) or 'no permissions'}"
        case Invite(permissions=permissions, sent_at=sent_at, fresh=fresh):
            state = "waiting" if fresh else "gone" if resource.gone else "expired"
            state += "" if resource.confirmed else " (unconfirmed)"
            return f"invitation of {sent_at:%Y-%m-%d %H:%M}, {state}, for {', '.join(permissions)}"
        case Account(owner=owner, status=status, name=name):
            return f"{name or 'account'}, {status or 'no status'}, owned by {owner or 'nobody'}"
        case Contact(profile=profile, email=email, preferences=preferences):
            mail = ", ".join(preferences) or "none"
            return f"{profile.name} <{email}>, mail: {mail}"
        case _:
            return f"user {resource.email}"
