"""Why: one key from its legacy rows to the verdict, as a tree that can be pasted into a ticket."""

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text
from rich.tree import Tree

from syncd.core.rows import contact_id_of, ref_of
from syncd.errors import UnknownKey
from syncd.model.catalogue import CATALOGUE
from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.resources import (
    PREFERENCES,
    Account,
    Contact,
    Invite,
    Membership,
    Observable,
)
from syncd.model.text import read_flag
from syncd.pipeline import Progress, Settings, make_plan, objections
from syncd.ports import Source, Target
from syncd.store import lookup
from syncd.store.journal import Journal
from syncd.store.workspace import Workspace

_VERBS = {"+": "make", "~": "change", "-": "remove"}


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
    """Plan without applying, and tell what became of one key and why. Raises `UnknownKey`."""
    reader = target.reader()
    make_plan(sources, reader, workspace, journal, settings, now, progress)
    root = Tree(Text(key))
    found = lookup.identities(workspace, key)
    if not found:
        raise UnknownKey(key)
    keys = {identity: lookup.keys(workspace, identity) for identity in found}
    asked = frozenset(one for some in keys.values() for one in some)
    spoke = objections(workspace, reader, settings, asked)
    for identity in found:
        node = _add(root, identity.strip() or "(no address)")
        _rows(node, workspace, identity, settings)
        _findings(node, workspace, identity)
        for one in keys[identity]:
            _states(_add(node, one), lookup.states(workspace, one), spoke.get(one, []))
    return root


def _add(node: Tree, text: str) -> Tree:
    return node.add(Text(text))


# --- what the legacy rows say ---------------------------------------------------------------


def _rows(node: Tree, workspace: Workspace, identity: str, settings: Settings) -> None:
    branch = _add(node, "legacy rows")
    for row, label in lookup.rows(workspace, identity):
        if isinstance(row, LegacyClient):
            _add(branch, f"client {ref_of(row)} ({label}): {_name(row)}, {row.status}: its owner")
            continue
        told = _add(
            branch, f"contact {contact_id_of(row)} of {ref_of(row)} ({label}): {_name(row)}"
        )
        for line in _contact(row, settings):
            _add(told, line)
    if not branch.children:
        _add(branch, "none")


def _contact(row: LegacyContact, settings: Settings) -> Iterator[str]:
    if normalise(row.email) != (row.email or ""):
        yield f"the address stands there as {row.email!r}"
    on = [name for name in PREFERENCES if read_flag(getattr(row, f"{name}_emails"))]
    yield f"mail: {', '.join(on) or 'none'}"
    if not read_flag(row.subaccount):
        yield f"no login: subaccount is {row.subaccount!r}"
        return
    flags = settings.rules.read_flags(row.permissions)
    yield f"a login: subaccount is {row.subaccount!r}, permissions {row.permissions!r}"
    yield f"gives: {', '.join(flags.permissions) or 'nothing'}"
    if flags.unknown:
        yield f"gives nothing, being unknown: {', '.join(flags.unknown)}"


def _name(row: LegacyClient | LegacyContact) -> str:
    names = " ".join(part for part in (row.first_name, row.last_name, row.company) if part)
    return f"{names} <{row.email or ''}>"


# --- what is found about them ---------------------------------------------------------------


def _findings(node: Tree, workspace: Workspace, identity: str) -> None:
    branch = _add(node, "findings")
    for finding in lookup.findings(workspace, identity):
        code = CATALOGUE[finding.code]
        title = f"{finding.severity} {code.code} [{code.case}] on {finding.scope}: {code.sentence}"
        told = _add(branch, title)
        if finding.detail:
            _add(told, f"data: {finding.detail}")
        for line in _ways_on(finding):
            _add(told, line)
    if not branch.children:
        _add(branch, "none")


def _ways_on(finding: Finding) -> Iterator[str]:
    code = CATALOGUE[finding.code]
    if finding.answer:
        yield f"decided: {finding.answer} = {code.answers[finding.answer]}"
        return
    yield code.advice
    for answer, consequence in code.answers.items():
        yield f"may be decided: {answer} = {consequence}"


# --- what follows ---------------------------------------------------------------------------


def _states(node: Tree, states: lookup.States, spoke: list[tuple[str, str]]) -> None:
    _add(node, f"desired: {_content(states.desired)}")
    _add(node, f"observed: {_content(states.observed)}")
    written = f", {states.written_at}" if states.written_at else ""
    _add(node, f"applied: {_content(states.applied)}{written}")
    if states.change is None:
        _add(node, f"change: none, {_no_change(states)}")
        return
    verb, reason, verdict, rule, why = states.change
    told = _add(node, f"change: {_VERBS[verb]} ({verb} {reason}) -> {verdict} {rule}".rstrip())
    _add(told, why or "no rule speaks against it")
    others = [(name, words) for name, words in spoke if name != rule]
    if others and verdict == "hold":
        more = _add(told, "would hold it as well:")
        for name, words in others:
            _add(more, f"{name}: {words}")


def _no_change(states: lookup.States) -> str:
    if states.desired is None:
        return "it is not ours" if states.observed is not None else "nothing asks for it"
    if isinstance(states.observed, Invite):
        return "the invitation waits to be accepted"
    return "the target has it as desired"


def _content(resource: Observable | None) -> str:
    match resource:
        case None:
            return "-"
        case Membership(permissions=permissions):
            return f"member with {', '.join(permissions) or 'permissions that were not asked for'}"
        case Invite(permissions=permissions, sent_at=sent_at, fresh=fresh):
            state = "waiting" if fresh else "gone" if resource.gone else "expired"
            state += "" if resource.confirmed else " (unconfirmed)"
            return f"invitation of {sent_at:%Y-%m-%d %H:%M}, {state}, to {', '.join(permissions)}"
        case Account(owner=owner, status=status, name=name):
            return f"{name or 'account'}, {status or 'no status'}, owned by {owner or 'nobody'}"
        case Contact(profile=profile, email=email, preferences=preferences):
            mail = ", ".join(preferences) or "none"
            return f"{profile.name} <{email}>, mail: {mail}"
        case _:
            return f"user {resource.email}"
