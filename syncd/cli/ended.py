"""Where a run begins and ends, whoever started it: from here heartbeat, alerts and metrics go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog

from syncd.alerts import heartbeat
from syncd.alerts.gather import Lateness, night_of, night_without_plan
from syncd.alerts.metrics import registry_of, write_textfile
from syncd.alerts.tell import tell, tell_anew
from syncd.cli.daemon.faults import Paused
from syncd.cli.pause import check_unpaused, why_held
from syncd.cli.results import exit_of
from syncd.cli.words import Exit, explain_error
from syncd.config.config import Config
from syncd.config.files import load_roles
from syncd.config.places import journal_of
from syncd.errors import StoreError, SyncdError
from syncd.journal.faults import StandingBy
from syncd.journal.journal import Journal
from syncd.run import Result

log = structlog.get_logger(__name__)

Now = Callable[[], datetime]


class WatchedRun:
    """What became of a run: its result, once there is one."""

    result: Result | None = None


def utc() -> datetime:
    return datetime.now(UTC)


@contextmanager
def watched(config: Config, now: Now = utc, *, by_hand: bool = False) -> Iterator[WatchedRun]:
    """Tell of the run inside, as the config says: that it begins, and its result or error.

    Nothing that fails in telling fails the run, and an error of the run goes on up. The
    heartbeat hears of a run `by_hand` only if it was good, and no pause holds such a run; for
    any other this raises `Paused` or `PauseUnusable`.
    """
    watch = WatchedRun()
    error: Exception | None = None
    try:
        if not by_hand:
            check_unpaused(config.state_dir, now())
            heartbeat.began(config.heartbeat)
        yield watch
    except Exception as raised:
        error = raised
        raise
    finally:
        # Nothing is told of what a second signal interrupts: it ends at once.
        if error is not None or watch.result is not None:
            _ended(config, watch.result, error, now, by_hand=by_hand)


def _ended(
    config: Config, result: Result | None, error: Exception | None, now: Now, *, by_hand: bool
) -> None:
    # Where one stands by, the other host's run beats and fails for both; and a pause was asked for.
    # What the journal shows is told all the same, such as that no run was good for long.
    has_run = not isinstance(error, StandingBy | Paused)
    reason = _reason(result, error) if has_run else ""
    _tell(config, result, error, reason, now)
    if has_run and not (by_hand and reason):
        heartbeat.ended(config.heartbeat, reason)
    show_metrics(config, now)


def _tell(
    config: Config, result: Result | None, error: Exception | None, reason: str, now: Now
) -> None:
    try:
        look(config, now, result, error, reason)
    except StoreError as fault:  # where alerts are kept: told each time, then
        words = explain_error(fault)[1]
        log.warning("alerts.not_kept", error=words)
        if not _is_meant_to_be_away(config, error, now()):
            tell_anew(config, reason or words, now)
    except SyncdError as fault:
        log.warning("alerts.failed", error=explain_error(fault)[1])
    except OSError as fault:  # the plan's folder was taken away
        log.warning("alerts.failed", error=str(fault))


def _is_meant_to_be_away(config: Config, error: Exception | None, now: datetime) -> bool:
    """Say whether somebody holds runs, and not for too long: the journal may be on the move."""
    since = error.since if isinstance(error, Paused) else None
    return since is not None and now - since <= timedelta(hours=config.alerts.silence)


def look(
    config: Config,
    now: Now,
    result: Result | None = None,
    error: Exception | None = None,
    reason: str = "",
) -> None:
    """Tell what is due after a run, or without one; raises `StoreError`."""
    held = why_held(config.state_dir, now())
    late = Lateness(timedelta(hours=config.alerts.silence), now(), held)
    with Journal.open(journal_of(config), config.target.name) as journal, journal.telling():
        roles = load_roles(config.report.labels)
        if result is not None:
            night = night_of(result, journal, roles, late)
        else:
            sign = None if isinstance(error, Paused) else error
            night = night_without_plan(sign, reason, journal, roles, late)
        tell(config, journal, night, now, result, instead=_instead(error))


def _instead(error: Exception | None) -> str:
    """Say what became of it in place of a run; "" where the last run is what there is to say."""
    match error:
        case None | StandingBy():
            return ""
        case Paused():
            return "paused"
        case _:
            return "failed"


def show_metrics(config: Config, now: Now) -> None:
    """Write the file for node_exporter, if the config names one; never raises."""
    file = config.metrics.textfile
    if file is None:
        return
    try:
        write_textfile(file, registry_of({config.target.name: journal_of(config)}, now))
    except StoreError as fault:
        log.warning("metrics.failed", file=fault.path, error=fault.reason)


def _reason(result: Result | None, error: Exception | None) -> str:
    """Say why a run was not good, "" where it was."""
    if isinstance(error, SyncdError):
        return explain_error(error)[1]
    if error is not None:
        return f"a defect in syncd: {type(error).__name__}"
    if result is None or exit_of(result) in (Exit.DONE, Exit.HELD):
        return ""
    if result.manifest.refusals:
        return "\n".join(f"{each.fuse}: {each.why}" for each in result.manifest.refusals)
    applied = result.applied
    counts = applied.outcomes if applied else {}
    outcomes = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    return f"{(applied and applied.stopped) or 'not all was applied'}: {outcomes}"
