"""Tells of a run: weighs what it showed, sends what is due, and keeps what was told."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time

import structlog

from syncd.alerts.channels import Channel, NotTaken, channels_of
from syncd.alerts.message import GOOD, Message, Told, message_of
from syncd.alerts.weigh import Dispatch, Night, digest_is_due, dispatch, told, weigh, without_ended
from syncd.config.config import Config
from syncd.errors import SecretsUnusable
from syncd.journal.journal import Journal
from syncd.model.alert import AlertKind, StandingAlert
from syncd.ports import Clock
from syncd.run import Result

log = structlog.get_logger(__name__)


def tell(
    config: Config,
    journal: Journal,
    night: Night,
    now: Clock,
    result: Result | None = None,
    *,
    instead: str = "",
) -> None:
    """Send what a run began and ended, and the digest if it is due; a channel's failure is kept.

    `instead` says that there was none: `paused`, or `failed`, maybe before the journal heard of it.
    """
    settings = config.alerts
    standing = weigh(night, journal.alerts())
    if settings.digest == "off":
        standing = without_ended(standing)
    journal.keep_alerts(standing, night.last_change)
    channels = channels_of(settings)
    if not channels:  # nobody is to be told: `syncd status` shows what stands
        everything = dispatch(standing, digest=True)
        journal.keep_alerts(told(standing, everything, night.at))
        return
    digest = _is_due(config, journal, now())
    sent = dispatch(standing, digest=digest)
    about = Told(config.target.name, night.at, *_run(journal, instead), _numbers(standing, result))
    has_news = bool(sent.begun or sent.over or sent.reminds)
    if not has_news and not (digest and settings.quiet_digest):
        if digest:
            journal.note_digest(now())
        return
    message = message_of(sent, about, show_emails=settings.show_emails)
    taken = send(channels, message, journal, now)
    if not taken:
        return  # the next run tells it
    journal.keep_alerts(told(standing, sent, night.at))
    if digest:
        journal.note_digest(now())


def send(
    channels: Iterable[Channel], message: Message, journal: Journal, now: Clock
) -> dict[str, str]:
    """Send a message through each channel; gives those that took it. What failed is logged."""
    taken = {}
    for channel in channels:
        why = failure(channel, message, now)
        journal.note_channel(channel.name, now(), why)
        if why:
            log.warning("alert.not_sent", channel=channel.name, error=why)
        else:
            log.info("alert.sent", channel=channel.name, subject=message.subject)
            taken[channel.name] = message.subject
    return taken


def failure(channel: Channel, message: Message, now: Clock) -> str:
    """Send a message through a channel, and say why it did not take it; "" where it did."""
    try:
        channel.send(message, now)
    except NotTaken as error:
        return error.reason
    except SecretsUnusable as error:
        return "; ".join(error.problems)
    return ""


def sample(config: Config, now: Clock) -> Message:
    """Give a message as an alert would be, about nothing."""
    what = "this is a test by syncd alert --test; nothing is wrong"
    alert = StandingAlert(AlertKind.RUN_FAILED, "test", what, now().isoformat())
    about = Told(config.target.name, now().isoformat(), numbers=_numbers([], None))
    return message_of(Dispatch(begun=(alert,)), about, show_emails=False, what="test")


def _is_due(config: Config, journal: Journal, now: datetime) -> bool:
    at = config.alerts.digest
    if at == "off":
        return False
    zone = config.schedule.timezone
    return digest_is_due(journal.digest_at(), now, time.fromisoformat(at), zone)


def _run(journal: Journal, instead: str) -> tuple[str, str]:
    """Name the last run that is over, and how it ended; no good one where an error ended this."""
    last = next((run for run in journal.runs() if run["finished_at"]), None)
    if last is None or instead == "paused" or (instead and last["status"] in GOOD):
        return "", instead
    return last["run_id"], last["status"]


def _numbers(standing: Iterable[StandingAlert], result: Result | None) -> dict[str, int]:
    """Give the numbers that the subject of a digest carries."""
    kinds = Counter(alert.kind for alert in standing if not alert.ended_at)
    findings = result.report.facts.findings if result else ()
    applied = result is not None and result.applied is not None
    return {
        "gained": kinds[AlertKind.ACCESS_GAINED],
        "invited": result.report.facts.mails if result and applied else 0,
        "expired": kinds[AlertKind.INVITATION_EXPIRED],
        "decisions": sum(each.count for each in findings if each.severity != "note"),
    }


def tell_anew(config: Config, words: str, now: Clock) -> None:
    """Tell of a run that failed where there is no journal to keep it in: each time anew."""
    at = now().isoformat()
    alert = StandingAlert(AlertKind.RUN_FAILED, "journal", words, at)
    about = Told(config.target.name, at, status="failed")
    message = message_of(Dispatch(begun=(alert,)), about, show_emails=config.alerts.show_emails)
    for channel in channels_of(config.alerts):
        why = failure(channel, message, now)
        if why:
            log.warning("alert.not_sent", channel=channel.name, error=why)
