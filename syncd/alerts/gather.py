"""What a run showed that somebody should know: of its result or error, its plan and the journal."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from syncd.alerts.weigh import Night, Sighting
from syncd.errors import (
    AccessRefused,
    AllowedOtherwise,
    DatabaseUnavailable,
    IncompleteRead,
    Locked,
    NotYet,
    PlanMoved,
    PlanUnusable,
    SourceUnavailable,
    Stopped,
    Superseded,
)
from syncd.journal.faults import StandingBy
from syncd.journal.journal import Journal
from syncd.model.alert import AlertKind
from syncd.model.change import Change, Verb
from syncd.model.finding import CATALOGUE, Severity
from syncd.model.invitation import Life, life_of
from syncd.model.outcome import Outcome
from syncd.model.permission import excess
from syncd.model.resources import Membership
from syncd.model.roles import Roles
from syncd.model.verdict import Refusal
from syncd.report import jsonfile
from syncd.report.jsonfile import FindingLine
from syncd.report.plan import PlanLine
from syncd.run import Result


class Lateness(msgspec.Struct, frozen=True):
    """How long after the last good run somebody is told, and what holds runs, if anything does."""

    most: timedelta
    now: datetime
    held: str = ""


def night_of(result: Result, journal: Journal, roles: Roles, late: Lateness) -> Night:
    """Give what a run showed that went through, even if a fuse refused its plan."""
    refusals, applied = result.manifest.refusals, result.applied
    sightings = [_refused(refusal) for refusal in refusals]
    judged = _BY_ANY_PLAN
    if applied is not None and not applied.stopped:
        judged |= _BY_APPLYING
    if applied is not None and (applied.failed or applied.stopped == "unreachable"):
        sightings.append(_not_applied(applied.outcomes, applied.stopped))
    if not result.manifest.undoes and not any(r.fuse in _INCOMPLETE for r in refusals):
        judged |= _BY_READING
        sightings += _findings(result.folder)
        sightings += _widened(result.folder / "plan.jsonl")
    return _night(sightings, judged, _Memory(journal, roles, result.run_id), late)


def night_without_plan(
    error: BaseException | None, words: str, journal: Journal, roles: Roles, late: Lateness
) -> Night:
    """Give what a run showed that an error ended, or none: what the journal shows alone."""
    sightings = [] if error is None else list(_failure(error, words))
    return _night(sightings, frozenset(), _Memory(journal, roles), late)


class _Memory(msgspec.Struct, frozen=True):
    """What the journal knows of, and of which run, if there was one."""

    journal: Journal
    roles: Roles
    run_id: str = ""


def _night(
    sightings: list[Sighting], judged: frozenset[AlertKind], memory: _Memory, late: Lateness
) -> Night:
    journal, last = memory.journal, 0
    # Of every run since: one that was killed told nobody what it had done.
    for last, change, outcome in journal.unweighed(memory.run_id):  # noqa: B007, the last is kept
        sightings += _of_change(change, outcome, memory.roles)
    sightings = [*sightings, *_invitations(journal, late.now), *_silence(journal, late)]
    return Night(late.now.isoformat(), tuple(sightings), judged | _BY_JOURNAL, last)


# Which kinds are judged by what: the rest of a night says nothing of them.
_BY_JOURNAL = frozenset(
    {AlertKind.INVITATION_EXPIRING, AlertKind.INVITATION_EXPIRED, AlertKind.SILENCE}
)
_BY_ANY_PLAN = frozenset({AlertKind.INCOMPLETE_READ, AlertKind.FUSE_BLOWN, AlertKind.LOCKED})
_BY_APPLYING = frozenset(
    {AlertKind.CREDENTIAL_TROUBLE, AlertKind.RUN_FAILED, AlertKind.WRITE_NOT_CONFIRMED}
)
_BY_READING = frozenset(
    {
        AlertKind.ACCESS_GAINED,
        AlertKind.ACCEPTED_BY_OTHER,
        AlertKind.ADDRESS_DRIFT,
        AlertKind.MEMBER_ADDED,
        AlertKind.NEW_CASE,
        AlertKind.OWNER_CHANGED,
        AlertKind.SUPPRESSED_SEEN,
        AlertKind.UNKNOWN_PERMISSION,
    }
)

# --- how it ended -----------------------------------------------------------------------------

_INCOMPLETE = frozenset({"source-empty", "source-shrunk", "source-old", "counts", "target-empty"})


def _refused(refusal: Refusal) -> Sighting:
    incomplete = refusal.fuse in _INCOMPLETE
    kind = AlertKind.INCOMPLETE_READ if incomplete else AlertKind.FUSE_BLOWN
    return Sighting(kind, refusal.fuse, f"{refusal.fuse}: {refusal.why}")


def _not_applied(outcomes: dict[str, int], stopped: str) -> Sighting:
    if stopped:
        return Sighting(AlertKind.RUN_FAILED, "apply", "the target stopped answering")
    counts = ", ".join(f"{number} {name}" for name, number in sorted(outcomes.items()))
    return Sighting(AlertKind.RUN_FAILED, "apply", f"changes did not apply: {counts}")


def _failure(error: BaseException, words: str) -> Iterator[Sighting]:
    """Yield what an error is a sign of; nothing where a person stopped it, or applies by hand."""
    words = " ".join(words.split())
    cause = error.__cause__ if isinstance(error.__cause__, AccessRefused) else error
    match cause:
        case AccessRefused():
            yield Sighting(AlertKind.CREDENTIAL_TROUBLE, cause.action, words)
        case SourceUnavailable() | DatabaseUnavailable() if _is_refused(cause.__cause__):
            yield Sighting(AlertKind.CREDENTIAL_TROUBLE, "database", words)
        case IncompleteRead():
            yield Sighting(AlertKind.INCOMPLETE_READ, cause.source, words)
        case StandingBy():  # as it is meant to: if nothing good comes of it, there is silence
            return
        case Locked() | Superseded():
            yield Sighting(AlertKind.LOCKED, "run", words)
        case Stopped() | PlanMoved() | AllowedOtherwise() | PlanUnusable() | NotYet():
            return
        case Exception():
            yield Sighting(AlertKind.RUN_FAILED, type(cause).__name__, words)


# How MySQL and MariaDB say that they do not let a login in, or not to a database, table or column.
_REFUSALS = frozenset({1044, 1045, 1130, 1142, 1143, 1698})


def _is_refused(cause: BaseException | None) -> bool:
    return cause is not None and bool(_REFUSALS & set(cause.args[:1]))


# --- what the plan shows ----------------------------------------------------------------------

_OF_CODES = {
    "account_address": AlertKind.ADDRESS_DRIFT,
    "member_added": AlertKind.MEMBER_ADDED,
    "owner_changed": AlertKind.OWNER_CHANGED,
    "several_owners": AlertKind.OWNER_CHANGED,
    "suppressed_in_target": AlertKind.SUPPRESSED_SEEN,
    "suppressed_person": AlertKind.SUPPRESSED_SEEN,
    "unexpected_member": AlertKind.ACCEPTED_BY_OTHER,
}


def _findings(folder: Path) -> Iterator[Sighting]:
    """Yield what its findings show, one line after the other; what is decided is no news."""
    open_questions, unknown = Counter[str](), Counter[str]()
    for finding in jsonfile.findings(folder):
        if finding.answer:
            continue
        if finding.code in _OF_CODES:
            yield _sighting(finding)
        elif finding.code == "unknown_flag":
            unknown.update(finding.detail.split(", "))
        elif finding.severity is not Severity.NOTE:
            open_questions[finding.code] += 1
    for flag, count in sorted(unknown.items()):
        what = f"{flag!r} in {count} sub-accounts, which are held"
        yield Sighting(AlertKind.UNKNOWN_PERMISSION, flag, what)
    for code in sorted(open_questions):
        known = CATALOGUE[code]
        yield Sighting(AlertKind.NEW_CASE, code, f"{code} ({known.case}): {known.sentence}")


def _sighting(finding: FindingLine) -> Sighting:
    kind = _OF_CODES[finding.code]
    if kind is AlertKind.SUPPRESSED_SEEN:  # by ids alone
        where = finding.contact_id and f"contact {finding.contact_id}"
        words = " ".join(filter(None, (finding.account, where))) or finding.scope
        side = "target" if finding.code == "suppressed_in_target" else "legacy system"
        return Sighting(kind, f"{finding.code} {finding.scope} {words}", f"{words} in the {side}")
    whom = f"{finding.email} on {finding.account}" if finding.email else finding.account
    detail = f": {finding.detail}" if finding.detail else ""
    return Sighting(kind, finding.scope, f"{whom}{detail}")


def _widened(path: Path) -> Iterator[Sighting]:
    """Yield who holds more in the target than the legacy rows give, because somebody gave it."""
    decode = msgspec.json.Decoder(PlanLine).decode
    with path.open("rb") as file:
        for line in file:
            if b'"reason":"drifted"' not in line and b'"reason":"adopted"' not in line:
                continue
            planned = decode(line)
            before, after = planned.before, planned.after
            if isinstance(before, Membership) and isinstance(after, Membership):
                gained = excess(before.permissions, after.permissions)
                if gained:
                    what = f"{before.email} on {before.account}: {', '.join(gained)}"
                    yield Sighting(AlertKind.ACCESS_GAINED, planned.key, what)


# --- what the journal shows -------------------------------------------------------------------


def _of_change(change: Change, outcome: Outcome, roles: Roles) -> Iterator[Sighting]:
    before, after = change.before, change.after
    if outcome is Outcome.IN_DOUBT:
        yield Sighting(AlertKind.WRITE_NOT_CONFIRMED, change.key, change.key)
    elif change.verb is not Verb.REMOVE and isinstance(after, Membership):
        held = before.permissions if isinstance(before, Membership) else ()
        gained = [p for p in excess(after.permissions, held) if _critical(roles, p)]
        if gained:
            what = f"{after.email} on {after.account}: {', '.join(gained)}"
            yield Sighting(AlertKind.CRITICAL_GRANT, change.key, what)


def _critical(roles: Roles, permission: str) -> bool:
    return roles.risk(permission).tier == "critical"


def _invitations(journal: Journal, now: datetime) -> Iterator[Sighting]:
    for invite in journal.invites(now):
        kind = _OF_LIVES.get(life_of(invite, now))
        if kind is not None:
            what = f"{invite.email} on {invite.account}, sent {invite.sent_at:%Y-%m-%d}"
            yield Sighting(kind, invite.key, what)


_OF_LIVES = {
    Life.EXPIRING: AlertKind.INVITATION_EXPIRING,
    Life.EXPIRED: AlertKind.INVITATION_EXPIRED,
}


def _silence(journal: Journal, late: Lateness) -> Iterator[Sighting]:
    last = journal.last_good()
    since = datetime.fromisoformat(last["started_at"]) if last else journal.first_run_at()
    if since is not None and late.now - since > late.most:
        hours = int((late.now - since).total_seconds() // 3600)
        what = f"the last good run was {hours} hours ago" if last else f"none in {hours} hours"
        held = f"; {late.held}" if late.held else ""
        yield Sighting(AlertKind.SILENCE, "run", f"{what}{held}")
