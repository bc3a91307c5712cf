"""What a plan says of one person, as a tree: from the legacy rows to the verdict."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from rich.text import Text
from rich.tree import Tree

from syncd.decide.rules import Rule
from syncd.errors import UnknownKey
from syncd.journal.glance import PastChange
from syncd.model.catalogue import CATALOGUE
from syncd.model.change import Verb
from syncd.model.decision import Decision, Decisions, consequence_of
from syncd.model.finding import Finding
from syncd.model.keys import account_key, contact_key, parts_of, user_key
from syncd.model.reading import ClientReading, ContactReading, Reading, RowReader
from syncd.model.resources import Account, Contact, Invite, Membership, Observable
from syncd.model.suppression import Suppressed, is_suppressed
from syncd.model.text import visible
from syncd.model.verdict import Word
from syncd.report.words import why_no_password
from syncd.workspace import lookup
from syncd.workspace.rows import place

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


_ERASED = "(suppressed)"


class Backdrop(msgspec.Struct, frozen=True):
    """What is known beside a plan, and what runs have done `since` it was made, by key."""

    reader: RowReader
    decisions: Decisions
    suppressed: Suppressed
    since: dict[str, list[PastChange]]

    def hides(self, key: str) -> bool:
        return is_suppressed(lookup.address(key), self.suppressed)


def hidden(key: str) -> Tree:
    """Say of a key that it is somebody's on the suppression list, and nothing more."""
    root = Tree(Text(visible(key)))
    _add(root, _SUPPRESSED)
    return root


def identities_of(key: str, con: lookup.Con, known: Backdrop) -> list[str]:
    """Give the identities that a key is about; raises `UnknownKey` where there is none."""
    every = lookup.identities(con, key)
    shown = [identity for identity in every if not is_suppressed(identity, known.suppressed)]
    if not shown:
        raise UnknownKey(key)
    return shown


def tree_of(key: str, identities: Iterable[str], con: lookup.Con, known: Backdrop) -> Tree:
    root = Tree(Text(visible(key)))
    for identity in identities:
        _person(root, identity, con, known)
    return root


def _person(root: Tree, identity: str, con: lookup.Con, known: Backdrop) -> None:
    node = _add(root, identity.strip() or "(no address)")
    rows = list(lookup.rows(con, known.reader, identity))
    _rows(node, rows)
    findings = lookup.findings(con, identity)
    _findings(node, findings, known)
    for key in lookup.keys(con, identity):
        states = lookup.states(con, key)
        branch = _add(node, key)
        _states(branch, states, known.suppressed)
        left_out = [] if states.desired else _left_out(key, rows, findings)
        if states.change is None:
            _add(branch, f"change: none, {_no_change(states, left_out)}")
        else:
            _change(branch, key, states.change, known, left_out)
            if attached := lookup.attached(con, key):
                _add(branch, _attached(attached))
        for past in known.since.get(key, ()):
            _since(branch, past)


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


def _findings(node: Tree, findings: list[Finding], known: Backdrop) -> None:
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
        for line in _ways_on(finding, known):
            _add(leaf, line)
    if not branch.children:
        _add(branch, "none")


def _ways_on(finding: Finding, known: Backdrop) -> Iterator[str]:
    code = CATALOGUE[finding.code]
    if finding.answer:
        consequence = consequence_of(finding.code, finding.answer)
        yield f"decided: {finding.answer} = {consequence}"
        if decision := known.decisions.about(finding.code, finding.scope):
            yield _by(decision)
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
    node: Tree, key: str, change: lookup.Headline, known: Backdrop, left_out: list[str]
) -> None:
    is_held = change.verdict == Word.HOLD
    what = f"{_VERBS[change.verb]} ({change.verb} {change.reason})"
    branch = _add(node, f"change: {what} -> {change.verdict} {change.rule}".rstrip())
    _add(branch, change.why or "no rule holds it")
    if left_out:
        _add(branch, f"no longer desired ({', '.join(left_out)})")
    if change.verb == Verb.REMOVE and is_held:
        _add(branch, "held: nothing is taken away; what the target has stays")
    decision = known.decisions.about(change.reason, key)
    if decision and change.rule != f"{Rule.REASON}:{change.reason}":  # else it is stale
        _add(branch, f"decided: {decision.answer}, {_by(decision)}")
    others = [other for other in change.others if not other.startswith(f"{change.rule}: ")]
    if others and is_held:
        more = _add(branch, "also held by:")
        for other in others:
            _add(more, other)


def _since(node: Tree, past: PastChange) -> None:
    """Say what a run has done under a key since the plan was made."""
    change, at = past.change, datetime.fromisoformat(past.at)
    what = f"{_VERBS[change.verb]} ({change.verb} {change.reason})"
    branch = _add(node, f"since then: {what} -> {past.outcome}, {at:%Y-%m-%d %H:%M}, {past.run_id}")
    if past.message:
        _add(branch, past.message)


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


_OTHER_OWNER = "the target has another owner, and owners are never changed"


def _as_desired(states: lookup.States) -> str:
    if states.hidden:
        return _OTHER_OWNER
    match states.desired, states.observed:
        case _, None:
            return "the target says this person owns the account; owners are never changed"
        case _, Invite():
            return "the invitation has not been accepted yet"
        case Account(owner=wanted), Account(owner=owner) if wanted != owner:
            return _OTHER_OWNER
    if states.checked_at:
        return "the target had it as desired when it was last checked"
    return "the target has it as desired"


def _observed(states: lookup.States, suppressed: Suppressed) -> str:
    if states.unread:
        return "member, permissions not read in this run"
    if states.hidden:
        return _ERASED
    shown = _shown(states.observed, suppressed)
    if states.checked_at:
        at = datetime.fromisoformat(states.checked_at)
        shown += f" (checked on {at:%Y-%m-%d %H:%M}, not read again)"
    return shown


def _shown(resource: Observable | None, suppressed: Suppressed) -> str:
    if resource is not None and is_suppressed(place(resource)[1], suppressed):
        return _ERASED
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
