"""What Prometheus is shown: read from the journal whenever it is asked for; `docs/metrics.md`."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from syncd import __version__
from syncd.alerts.catalogue import RULES, URGENCIES
from syncd.errors import ConfigError, StoreError
from syncd.journal.journal import Journal
from syncd.journal.stores import Place, store_of
from syncd.model.invitation import Life, life_of
from syncd.model.outcome import Outcome
from syncd.ports import Clock

log = structlog.get_logger(__name__)

STATUSES = ("done", "held", "refused", "failed", "stopped", "unreachable", "interrupted")


class JournalCollector(Collector):
    """Collects from the journals of targets, by their names, opened anew each time."""

    def __init__(self, journals: Mapping[str, Place], now: Clock) -> None:
        self._journals = dict(journals)
        self._now = now

    def collect(self) -> Iterable[Metric]:
        families = {"": _build()}
        for target, place in self._journals.items():
            for family in self._of(target, place):
                families.setdefault(family.name, family)
                if families[family.name] is not family:
                    families[family.name].samples += family.samples
        return families.values()

    def _of(self, target: str, place: Place) -> list[Metric]:
        try:
            if not store_of(place).exists():
                return []
            with Journal.open(place, target) as journal:
                return list(_of_journal(journal, self._now()))
        except StoreError as error:
            log.warning("metrics.failed", file=error.path, error=error.reason)
            return []


def _of_journal(journal: Journal, now: datetime) -> Iterator[Metric]:
    target = journal.target
    yield from _of_runs(journal, target)
    yield _counter("changes", "Changes begun, by outcome.", target, "outcome",
                   _zeros(Outcome) | journal.change_totals())  # fmt: skip
    lives = Counter(str(life_of(invite, now)) for invite in journal.invites(now))
    yield _gauge("invitations", "Invitations that nobody accepted yet, by state.", target, "state",
                 _zeros(_PENDING) | lives)  # fmt: skip
    standing = Counter(RULES[a.kind].urgency for a in journal.alerts() if not a.ended_at)
    yield _gauge("alerts_standing", "Alerts that stand, by urgency.", target, "urgency",
                 dict.fromkeys(URGENCIES, 0) | standing)  # fmt: skip
    channels = {state.name: int(not state.failing_since) for state in journal.alert_channels()}
    yield _gauge("alert_channel_up", "Whether a channel took the last message sent by it.", target,
                 "channel", channels)  # fmt: skip


_PENDING = (Life.WAITING, Life.EXPIRING, Life.UNCONFIRMED, Life.EXPIRED, Life.WITHDRAWN)


def _of_runs(journal: Journal, target: str) -> Iterator[Metric]:
    yield _counter("runs", "Runs, by status.", target, "status",
                   dict.fromkeys(STATUSES, 0) | journal.run_totals())  # fmt: skip
    good = journal.last_good()
    if good is not None:
        yield _plain("last_good_run_timestamp_seconds", "When the last good run began.", target,
                     _seconds(good["started_at"]))  # fmt: skip
        yield _plain("legacy_contacts", "Legacy contacts in the last good run.", target,
                     good["contacts"])  # fmt: skip
    ended = next((run for run in journal.runs(20) if run["finished_at"]), None)
    if ended is None:
        return
    began, finished = _seconds(ended["started_at"]), _seconds(ended["finished_at"])
    yield _plain("last_run_timestamp_seconds", "When the last run ended.", target, finished)
    yield _plain("last_run_duration_seconds", "How long the last run took.", target,
                 finished - began)  # fmt: skip
    yield _gauge("last_run_status", "1 for how the last run ended.", target, "status",
                 {name: int(name == ended["status"]) for name in STATUSES})  # fmt: skip
    counts = msgspec.json.decode(ended["counts"])
    planned = {name: counts.get(key, 0) for name, key in (("apply", "writes"), ("hold", "holds"))}
    yield _gauge("last_run_changes_planned", "Changes of the last run's plan, by verdict.", target,
                 "verdict", planned)  # fmt: skip


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _zeros(names: Iterable[str]) -> dict[str, int]:
    """Start every series at 0: a rise from nothing cannot be seen."""
    return dict.fromkeys(map(str, names), 0)


def _build() -> Metric:
    family = GaugeMetricFamily(
        "syncd_build_info", "The version of syncd that wrote this.", labels=["version"]
    )
    family.add_metric([__version__], 1)
    return family


def _plain(name: str, text: str, target: str, value: float) -> Metric:
    family = GaugeMetricFamily(f"syncd_{name}", text, labels=["target"])
    family.add_metric([target], value)
    return family


def _gauge(name: str, text: str, target: str, label: str, values: Mapping[Any, float]) -> Metric:
    return _filled(
        GaugeMetricFamily(f"syncd_{name}", text, labels=["target", label]), target, values
    )


def _counter(name: str, text: str, target: str, label: str, values: Mapping[Any, float]) -> Metric:
    family = CounterMetricFamily(f"syncd_{name}", text, labels=["target", label])
    return _filled(family, target, values)


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily, target: str, values: Mapping[Any, float]
) -> Metric:
    for name, value in values.items():
        family.add_metric([target, str(name)], value)
    return family


# --- where they are shown -------------------------------------------------------------------------


def registry_of(journals: Mapping[str, Place], now: Clock) -> CollectorRegistry:
    """Give what shows the metrics of these journals, by the names of their targets."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(JournalCollector(journals, now))
    return registry


def write_textfile(file: Path, registry: CollectorRegistry) -> None:
    """Replace the file, readable by all: node_exporter is another user. Raises `StoreError`."""
    draft = None
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        draft = Path(name)
        with os.fdopen(descriptor, "wb") as out:
            out.write(generate_latest(registry))
            os.fchmod(out.fileno(), 0o644)
        draft.replace(file)
    except OSError as error:
        raise StoreError(file, error.strerror or str(error)) from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


@contextmanager
def served(port: int | None, registry: CollectorRegistry, file: Path) -> Iterator[int]:
    """Show metrics on a port of this machine, and give it; 0 takes a free one, None shows none.

    Raises `ConfigError` with the config's `file` where the port is taken.
    """
    if port is None:
        yield 0
        return
    try:
        server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    except OSError as error:
        problem = f"metrics.port: {port} cannot be used: {error.strerror}"
        raise ConfigError(file, [problem]) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
