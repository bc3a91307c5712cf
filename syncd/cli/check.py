"""`syncd check`: everything a run needs, tried one by one, without writing anything."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import typer

from syncd.cli.advice import access_advice
from syncd.cli.configured import configured
from syncd.cli.printed import out, show_json
from syncd.cli.words import Exit, explain_error
from syncd.config.config import Config
from syncd.config.files import load_mapping
from syncd.config.places import journal_of, shared_work
from syncd.config.privacy import check_secrets, exposed, unheard
from syncd.decide.judge import check_cutover
from syncd.errors import StoreError, SyncdError
from syncd.journal import care
from syncd.journal.stores import store_of
from syncd.model.catalogue import CATALOGUE
from syncd.model.connection import SharedWork
from syncd.model.policy import Policy
from syncd.model.text import visible
from syncd.ports import (
    Probe,
    ProbedLogin,
    ProbedSource,
    Source,
    Target,
    TargetReader,
    TriedTarget,
    VersionedSource,
)
from syncd.wiring import open_sources, open_target, settings_of

_BATCHES = 20  # that are read at most before a source says its version
_SILENT = "It does not say its version here; the report of a plan does, where it is known."
_NEEDED = "`syncd apply` needs it: "
_LOOK = "Look at the API role in the target's admin area."


class Line(msgspec.Struct, frozen=True):
    """A thing checked. `warns`: a run works all the same, but a person should act on the advice.

    `notes`: it was not checked, and why.
    """

    what: str
    ok: bool
    advice: str = ""
    warns: bool = False
    notes: bool = False

    @property
    def word(self) -> str:
        if not self.ok:
            return "FAIL"
        return "warn" if self.warns else "note" if self.notes else "ok  "


def show_checks(config: Path, *, as_json: bool = False) -> None:
    settings = configured(config)
    lines, healthy = [], True
    for line in checked(settings):
        healthy = healthy and line.ok
        if as_json:
            lines.append(
                {"state": line.word.strip().lower(), "what": line.what, "advice": line.advice}
            )
            continue
        out.print(f"{line.word}  {visible(line.what)}", markup=False)
        if line.advice:
            out.print(f"      {visible(line.advice)}", markup=False)
    if as_json:
        show_json(1, ok=healthy, checks=lines)
    raise typer.Exit(Exit.DONE if healthy else Exit.NOT_READY)


def show_catalogue(*, as_json: bool = False) -> None:
    if as_json:
        show_json(1, codes=list(CATALOGUE.values()))
        return
    for line in catalogue_lines():
        out.print(line, markup=False)


def checked(config: Config) -> Iterator[Line]:
    """Yield a line for each thing checked; a failure does not stop the rest."""
    settings_of(config)
    check_secrets(config)
    yield Line("configuration", ok=True)
    yield _state(config)
    for open_to_all in exposed(config):
        yield Line(open_to_all.what, ok=True, advice=open_to_all.advice, warns=True)
    for problem in unheard(config):
        advice = "Nobody is told by it, and runs go on. Put it right: docs/alerts.md"
        yield Line(problem, ok=True, advice=advice, warns=True)
    if place := shared_work(config):
        yield _workers(place)
    for source in open_sources(config):
        yield from _source(source)
    yield from _target(open_target(config), config)


def _state(config: Config) -> Line:
    folder = config.state_dir
    what = f"state folder {folder}"
    try:
        place = journal_of(config)
        what += "" if isinstance(place, Path) else f", journal {place}"
        store = store_of(place)
        if store.exists():
            # A run needs file, target and schema; the rest is for syncd journal check.
            for flaw in islice(care.check(place, config.target.name), 3):
                if not flaw.ok:
                    raise StoreError(str(store), flaw.detail)
        else:
            store.check_new()
            _check_writable(folder)
    except SyncdError as error:
        return Line(what, ok=False, advice=explain_error(error)[1])
    return Line(what, ok=True)


def _check_writable(folder: Path) -> None:
    """Check that `folder` can be made and written to, without making it."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir():
        raise StoreError(folder, f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise StoreError(folder, f"{nearest} is not writable")


def _workers(place: SharedWork) -> Line:
    from syncd.workers.queue import alive  # noqa: PLC0415, for those that have workers

    what = f"workers by {place} and {place.folder}"
    try:
        _check_writable(place.folder)
        number = alive(place)
    except SyncdError as error:
        return Line(what, ok=False, advice=explain_error(error)[1])
    advice = "" if number else "Nobody is at work there now: start `syncd worker` before a plan."
    return Line(f"{what}: {number}", ok=True, advice=advice, warns=not number)


def _source(source: Source) -> Iterator[Line]:
    if isinstance(source, ProbedSource):
        yield from _source_actions(source)
        return
    opened = _opened(source)
    yield opened
    if opened.ok and isinstance(source, ProbedLogin):
        yield from _login(f"source {source.name}", source)


def _source_actions(source: ProbedSource) -> Iterator[Line]:
    readable = True
    for probe in source.probe():
        readable = readable and probe.ok
        what = f"source {source.name}: action {probe.action}"
        yield Line(what, ok=probe.ok, advice=_advised(probe))
    role = f"Its API role needs {', '.join(source.actions)}, and nothing else."
    yield Line(f"source {source.name} can be read", ok=readable, advice=role)


def _opened(source: Source) -> Line:
    """Open the source and read its first rows."""
    try:
        version = _version_of(source)
    except SyncdError as error:
        return Line(f"source {source.name}", ok=False, advice=explain_error(error)[1])
    return Line(f"source {source.name} opens and its tables can be read", ok=True, advice=version)


def _version_of(source: Source) -> str:
    """Read the first rows, and on to where it says its version: a backup may say it late."""
    batches = source.extract()
    next(batches, None)
    if not isinstance(source, VersionedSource):
        return ""
    for _ in range(_BATCHES):
        if source.version is not None:
            break
        next(batches, None)
    return f"WHMCS {source.version}" if source.version else _SILENT


def _login(name: str, side: ProbedLogin) -> Iterator[Line]:
    try:
        for probe in side.probe_login():
            what = f"{name}: {probe.action}"
            yield Line(what, ok=True, advice=probe.sentence, warns=not probe.ok)
    except SyncdError as error:
        yield Line(f"{name}: login", ok=True, advice=explain_error(error)[1], warns=True)


def _cutover(reader: TargetReader, policy: Policy) -> Line:
    what = f"cut-over policy {policy.cutover}"
    try:
        check_cutover(reader, policy)
    except SyncdError as error:  # to know it may take a call of the target
        return Line(what, ok=False, advice=explain_error(error)[1])
    return Line(what, ok=True)


def _target(target: Target, config: Config) -> Iterator[Line]:
    reader = target.reader()
    yield _cutover(reader, settings_of(config).guard.policy)
    probes = reader.probe()
    for probe in probes:
        yield Line(f"target action {probe.action}", ok=probe.ok, advice=_advised(probe))
    if isinstance(reader, ProbedLogin) and probes[0].ok:
        yield from _login("target database", reader)
    if isinstance(target, TriedTarget) and any(probe.ok for probe in probes):
        yield from _writing(target)
    if all(probe.ok for probe in probes):
        yield _map(reader, config)


def _writing(target: TriedTarget) -> Iterator[Line]:
    """Try what writes. A role that may only plan is one, so nothing of this is a failure."""
    for probe in target.probe_writing():
        advice = _advised(probe, _NEEDED)
        if probe.error and not access_advice(probe.error):
            advice = f"It could not be tried: {advice.removesuffix('.')}. {_LOOK}"
        yield Line(f"target action {probe.action}", ok=True, advice=advice, warns=not probe.ok)
    if target.untried:
        why = "no call of them is certain to write nothing"
        what = f"{' and '.join(target.untried)} were not tried: {why}"
        yield Line(what, ok=True, advice=_LOOK, notes=True)


def _advised(probe: Probe, need: str = "") -> str:
    """Give what a probe showed and, where access was refused, what to do about it."""
    advice = access_advice(probe.error)
    if not advice:
        return probe.sentence
    return f"{probe.sentence.strip().removesuffix('.')}. {need}{advice}"


def _map(reader: TargetReader, config: Config) -> Line:
    known = set(reader.permissions())
    unknown = sorted(set(load_mapping(config.mapping).permissions.values()) - known)
    advice = f"The target does not know {', '.join(unknown)}: correct the map." if unknown else ""
    return Line(f"permission map {config.mapping}", ok=not unknown, advice=advice)


def catalogue_lines() -> Iterator[str]:
    """Yield the catalogue of findings, one paragraph a code."""
    for code in CATALOGUE.values():
        yield f"{code.code} ({code.case}, {code.severity}): {code.sentence}"
        yield f"    {code.advice}"
        for answer, consequence in code.answers.items():
            yield f"    {answer} = {consequence}"
