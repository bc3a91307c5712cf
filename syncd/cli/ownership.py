"""`syncd ownership`: who asks that an account get another owner, and who has confirmed.

Recorded in the journal, whether or not a run is on. Owners are those of the last observation; the
target is not asked, and nothing of it is changed.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import typer

from syncd.cli.configured import configured
from syncd.cli.printed import out, span
from syncd.config.config import Config
from syncd.config.files import suppressed
from syncd.config.places import journal_of
from syncd.convert.addresses import is_too_long, is_usable
from syncd.errors import OptionUnusable, RequestRefused
from syncd.journal.journal import Journal
from syncd.model.identity import normalise
from syncd.model.ownership import SIDES, OwnershipRequest, Side
from syncd.model.suppression import Suppressed, is_suppressed
from syncd.model.text import visible
from syncd.report import ownership
from syncd.report.words import counted
from syncd.workspace.sightings import SightedAccount, Sightings

FORMAT = 1
_SHOWN = 20
_LONG_AGO = timedelta(hours=36)  # more than a night was missed


def record(config: Path, asked_by: str, new_owner: str, account: str, ticket: str, by: str) -> None:
    settings, now = configured(config), datetime.now(UTC)
    forgotten = suppressed(settings.policy.suppressed)
    draft = Asked(
        _address("--from", asked_by, forgotten),
        _address("--to", new_owner, forgotten),
        account.strip(),
        _said("--ticket", ticket),
        _said("--by", by),
    )
    with _observed(settings) as sightings, _journal(settings) as journal:
        request = journal.request_ownership(judged(draft, sightings, now))
        age = now - sightings.observed_at
    _say(f"Recorded {ownership.line(request)}.")
    _say(f"Owners are as the target was observed {span(age)} ago.{_warning(age)}")
    _say(f"Next: {_next(request)}")


def show_requests(config: Path, *, every: bool, as_json: bool) -> None:
    settings = configured(config)
    with _journal(settings) as journal:
        requests = [each for each in journal.ownership_requests() if every or each.stands]
    if as_json:
        typer.echo(msgspec.json.format(_as_json(requests)).decode())
        return
    for request in requests:
        _say(ownership.line(request))
        for text in _details(request):
            _say(f"  {text}")
    if not requests:
        _say("No ownership request has been recorded." if every else "No ownership request stands.")


def confirm(config: Path, account: str, side: str, by: str) -> None:
    name = _said("--by", by)
    with _journal(configured(config)) as journal:
        request = journal.confirm_request(account.strip(), Side(side), name, datetime.now(UTC))
    _say(f"Confirmed by {SIDES[Side(side)]}: {ownership.line(request)}.")
    _say(f"Next: {_next(request)}")


def reject(config: Path, account: str, by: str, because: str) -> None:
    name, reason = _said("--by", by), _said("--because", because)
    with _journal(configured(config)) as journal:
        request = journal.reject_request(account.strip(), name, reason, datetime.now(UTC))
    _say(f"Recorded: {ownership.line(request)}.")


def standing_requests(journal: Journal) -> Iterator[str]:
    """Yield lines for `syncd status`; none where no request stands."""
    requests = [request for request in journal.ownership_requests() if request.stands]
    if requests:
        states = Counter(str(request.state) for request in requests)
        numbers = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        yield f"Ownership requests: {numbers}. `syncd ownership list` says what to do."
    for request in requests[:_SHOWN]:
        yield f"  {ownership.line(request)}"


# --- what is asked ----------------------------------------------------------------------------


class Asked(msgspec.Struct, frozen=True):
    """What was typed, in form; `account` is "" where it was not named."""

    asked_by: str
    new_owner: str
    account: str
    ticket: str
    recorded_by: str


def judged(asked: Asked, sightings: Sightings, now: datetime) -> OwnershipRequest:
    """Give the request of who may ask for it, by the last observation; raises `RequestRefused`."""
    age = span(now - sightings.observed_at)
    if asked.asked_by == asked.new_owner:
        raise RequestRefused(f"{asked.asked_by} is named as present and as new owner. Correct --to")
    account = _account(asked, sightings, age)
    _check_owner(asked, account, age)
    if account.closed:
        reason = f"{account.account} is closed in the target. Open it there first, or leave it"
        raise RequestRefused(reason)
    return OwnershipRequest(
        number=0,
        account=account.account,
        target_client=account.client,
        asked_by=asked.asked_by,
        asked_by_id=account.owners[0].user_id,
        new_owner=asked.new_owner,
        ticket=asked.ticket,
        recorded_by=asked.recorded_by,
        recorded_at=now.isoformat(timespec="seconds"),
        owner=account.owners[0].email,
        new_owner_is=sightings.acquaintance(asked.new_owner, account.account),
        observed_at=sightings.observed_at.isoformat(),
    )


def _account(asked: Asked, sightings: Sightings, age: str) -> SightedAccount:
    if asked.account:
        account = sightings.account(asked.account)
        if account is None:
            reason = f"the target had no account {asked.account} when it was observed {age} ago"
            raise RequestRefused(
                f"{reason}. Give one like legacy/17, or run `syncd plan` if it is new"
            )
        return account
    owned = sightings.owned_by(asked.asked_by)
    if not owned:
        reason = f"{asked.asked_by} owned no account when the target was observed {age} ago"
        raise RequestRefused(f"{reason}. Correct --from, or run `syncd plan` if that has changed")
    if len(owned) > 1:
        names = ", ".join(f"{each.account} ({each.name})" for each in owned[:_SHOWN])
        more = f" and {len(owned) - _SHOWN} more" if len(owned) > _SHOWN else ""
        accounts = counted(len(owned), "account")
        reason = (
            f"{asked.asked_by} owns {accounts}: {names}{more}. Name the right one with --account"
        )
        raise RequestRefused(reason)
    return owned[0]


def _check_owner(asked: Asked, account: SightedAccount, age: str) -> None:
    ref, owners = account.account, [owner.email for owner in account.owners]
    names = ", ".join(owners) or "nobody"
    if len(owners) > 1:
        reason = f"{ref} has several owners in the target ({names}). Keep the right one there first"
    elif owners == [asked.new_owner]:
        reason = f"{asked.new_owner} owned {ref} already when the target was observed {age} ago"
        reason += ". There is nothing to ask for"
    elif owners != [asked.asked_by]:
        reason = (
            f"{asked.asked_by} did not own {ref} when the target was observed {age} ago: "
            f"{names} did. Only the present owner may ask; run `syncd plan` if that has changed"
        )
    else:
        return
    raise RequestRefused(reason)


def _observed(settings: Config) -> Sightings:
    sightings = Sightings.open(settings.state_dir, settings.target.name)
    if sightings is None:
        reason = "no run has observed the target yet, so nobody knows its owners. Run `syncd plan`"
        raise RequestRefused(f"{reason}, then the same command again")
    return sightings


def _address(option: str, text: str, forgotten: Suppressed) -> str:
    email = normalise(text)
    if not is_usable(email) or is_too_long(email):
        raise OptionUnusable(option, [f"{text!r} is no e-mail address"])
    if is_suppressed(email, forgotten):
        raise OptionUnusable(option, ["the address is on the suppression list"])
    return email


def _said(option: str, text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise OptionUnusable(option, [f"{text!r} says nothing, or not in one line"])
    return text.strip()


# --- what is shown ----------------------------------------------------------------------------


def _details(request: OwnershipRequest) -> Iterator[str]:
    yield f"recorded by {request.recorded_by}, {request.recorded_at[:16]}Z"
    for who, by, at in (
        ("present owner", request.owner_confirmed_by, request.owner_confirmed_at),
        ("new owner", request.new_owner_confirmed_by, request.new_owner_confirmed_at),
    ):
        yield f"{who}: {f'confirmed, recorded by {by}, {at[:16]}Z' if by else 'not confirmed'}"
    yield f"owned by {request.owner}, as observed {request.observed_at[:16]}Z"
    if request.stands:
        yield f"next: {_next(request)}"


def _next(request: OwnershipRequest) -> str:
    click = ownership.next_step(request)
    return f"{click.task} ({click.where})."


def _warning(age: timedelta) -> str:
    return " That is long ago: run `syncd plan` to look again." if age > _LONG_AGO else ""


def _as_json(requests: list[OwnershipRequest]) -> bytes:
    rows = [
        msgspec.to_builtins(request)
        | {"missing": ownership.missing(request), "next": ownership.next_step(request)._asdict()}
        if request.stands
        else msgspec.to_builtins(request)
        for request in requests
    ]
    return msgspec.json.encode({"version": FORMAT, "requests": rows})


def _say(text: str) -> None:
    out.print(visible(text), markup=False)


def _journal(settings: Config) -> Journal:
    return Journal.open(journal_of(settings), settings.target.name)
