"""The plan as files: `plan.jsonl`, one change a line, and `plan.json`, its manifest.

Formats are documented in `docs/plan.md`. What is written here is what a person signs; `apply`
takes it only if its checksum holds.
"""

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from syncd.approval.demands import PlanToApply
from syncd.decide.rules import Rule
from syncd.errors import AllowedOtherwise, DecidedOtherwise, PlanMoved, PlanUnusable
from syncd.model.attachment import Attachment
from syncd.model.change import Verb
from syncd.model.keys import parts_of
from syncd.model.resources import Observable, Resource
from syncd.model.verdict import Refusal, Word
from syncd.ports import Target
from syncd.report.cells import private
from syncd.report.facts import ChangeLine
from syncd.report.lines import json_line, lowered
from syncd.report.tables import CHANGES
from syncd.workspace.changes import by_phase
from syncd.workspace.workspace import Workspace

VERSION = 1
_SIGNED = ("plan.jsonl", "report.*", "*.csv")
_CHANGED = "it was changed after it was made"
_CLOCKS = timedelta(minutes=10)  # by which those of two machines may differ


class PlanLine(msgspec.Struct, frozen=True):
    """One line of plan.jsonl."""

    verb: Verb
    kind: str
    key: str
    reason: str
    verdict: str
    rule: str
    why: str
    before: Observable | None
    after: Resource | None
    attach: Attachment | msgspec.UnsetType = msgspec.UNSET  # of a membership added without a mail
    version: int = VERSION


class Manifest(msgspec.Struct, frozen=True):
    """What plan.json says of a plan. `checksum`, `files` and `seal` are SHA-256."""

    plan: str
    checksum: str  # of plan.jsonl
    made_at: str
    target: str
    sources: tuple[str, ...]
    contacts: int
    writes: int
    holds: int
    refusals: tuple[Refusal, ...] = ()
    undoes: str = ""  # the run that this plan takes back
    decisions: str = ""  # the digest of those it was made with
    target_origin: str = ""  # where it is: the name is the provider's own; "" in older plans
    files: dict[str, str] = {}  # the checksum of each file beside plan.json that a person signs
    seal: str = ""  # of all the above; "" while the report is being written
    version: int = VERSION


class Lines(NamedTuple):
    """Some changes, each as a line of plan.jsonl and as a row of changes.csv."""

    plan: Sequence[str]
    table: Sequence[str]


_VERBS = " ".join(f"WHEN '{verb.value}' THEN '{verb.name.lower()}'" for verb in Verb)
# As msgspec writes a `PlanLine`: its resources are JSON already, and there may be no `attach`.
_LINE = json_line(
    {
        **{name: f"to_json({name})" for name in ChangeLine.__struct_fields__},
        "before": "coalesce(before, 'null')",
        "after": "coalesce(after, 'null'), if(attach IS NULL, '', concat(',\"attach\":', attach))",
        "version": f"{VERSION}",
    }
)


def lines(workspace: Workspace) -> Iterator[Lines]:
    """Yield the changes of a judged plan, some at a time, in the order of apply."""
    for changes in by_phase(workspace):
        for block in workspace.blocks(_both(changes)):
            yield Lines(*block)


def _both(changes: str) -> str:
    # A bare + or - would be a formula in the table.
    return CHANGES.rows(
        f"""
            SELECT concat({_LINE}, chr(10)) AS plan, * REPLACE (CASE verb {_VERBS} END AS verb)
            FROM ({changes})
        """,
        "plan, ",
    )


def write_lines(path: Path, written: Iterable[Lines]) -> str:
    """Write plan.jsonl, readable by its owner alone; gives its checksum."""
    digest = hashlib.sha256()
    with open_private(path) as file:
        for some in written:
            block = lowered("".join(some.plan)).encode()
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def read_lines(path: Path, checksum: str = "") -> Iterator[PlanLine]:
    """Yield the lines of a plan; raises `PlanUnusable`, in the end if the checksum is another."""
    decoder = msgspec.json.Decoder(PlanLine)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                digest.update(line)
                try:
                    yield decoder.decode(line)
                except (msgspec.DecodeError, RecursionError) as error:
                    raise PlanUnusable(path, f"line {number}: {error}") from error
    except OSError as error:
        raise PlanUnusable(path, error.strerror or str(error)) from error
    if checksum and digest.hexdigest() != checksum:
        raise PlanUnusable(path, _CHANGED)


def load(folder: Path) -> Manifest:
    """Read a plan's manifest; raises `PlanUnusable` unless the whole folder is as it was written.

    All but decisions.yaml, in which people answer, and what others put beside it.
    """
    path = folder / "plan.json"
    try:
        if path.exists() and not path.is_file():
            raise PlanUnusable(path, "it is no plain file.")
        written = path.read_bytes()
        manifest = msgspec.json.decode(written, type=Manifest)
    except OSError as error:
        raise PlanUnusable(path, error.strerror or str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise PlanUnusable(path, f"not a plan manifest: {error}") from error
    if manifest.version != VERSION:
        raise PlanUnusable(path, f"it has format version {manifest.version}, not {VERSION}")
    if not manifest.seal:
        raise PlanUnusable(path, "its report was not finished: make the plan again.")
    # Byte for byte: of two keys of one name a person may read the one that does not count.
    if written != encoded(manifest) or manifest.seal != seal_of(manifest):
        raise PlanUnusable(path, "it was changed after it was made, or made by another syncd.")
    for name, checksum in {**manifest.files, "plan.jsonl": manifest.checksum}.items():
        check(folder / name, checksum)
    return manifest


def sealed(manifest: Manifest, folder: Path) -> Manifest:
    """Give the manifest with the checksums of all files of the plan, once they are there."""
    paths = sorted({path for pattern in _SIGNED for path in folder.glob(pattern)})
    files = {path.name: checksum_of(path) for path in paths}
    manifest = msgspec.structs.replace(manifest, files=files)
    return msgspec.structs.replace(manifest, seal=seal_of(manifest))


def encoded(manifest: Manifest) -> bytes:
    """Give plan.json for a manifest: the same bytes again once it has been read back."""
    # A limit of 3 is written like that and read as 3.0.
    read = msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest)
    return msgspec.json.format(msgspec.json.encode(read)) + b"\n"


def seal_of(manifest: Manifest) -> str:
    return hashlib.sha256(encoded(msgspec.structs.replace(manifest, seal=""))).hexdigest()


def moment_of(manifest: Manifest, folder: Path) -> datetime:
    """Give when a plan was made; raises `PlanUnusable` unless that is a moment with a zone."""
    try:
        made_at = datetime.fromisoformat(manifest.made_at)
        moment = made_at.astimezone(UTC) if made_at.tzinfo else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        reason = "made_at is not a time with a zone, like 2026-03-01T09:30:00+00:00."
        raise PlanUnusable(folder / "plan.json", reason)
    return moment


def check_fit(
    signed: Manifest, folder: Path, target: Target, now: datetime, max_age: timedelta
) -> datetime:
    """Give when a plan was made; raises `PlanUnusable` unless it is for this target and time."""
    if signed.target != target.name:
        reason = f"it was made for the target {signed.target!r}, not for {target.name!r}"
        raise PlanUnusable(folder / "plan.json", reason)
    if signed.target_origin != target.origin:
        made_for = signed.target_origin or "an installation that it does not name"
        reason = f"it was made for {made_for}, and the target is {target.origin} now."
        raise PlanUnusable(folder / "plan.json", reason)
    return check_age(signed, folder, now, max_age)


def check_age(signed: Manifest, folder: Path, now: datetime, max_age: timedelta) -> datetime:
    """Give when a plan was made; raises `PlanUnusable` if that is to come, or too long ago."""
    made_at = moment_of(signed, folder)
    if made_at - now > _CLOCKS:
        reason = f"it was made {made_at:%Y-%m-%d %H:%M} UTC, which is yet to come: check the clock."
        raise PlanUnusable(folder / "plan.json", reason)
    if now - made_at > max_age:
        reason = f"it was made {made_at:%Y-%m-%d %H:%M} UTC, longer ago than plans.max_age allows."
        raise PlanUnusable(folder / "plan.json", reason)
    return made_at


def to_apply(signed: Manifest, made_at: datetime) -> PlanToApply:
    """Give what people sign of a plan: its plan.json, which says all else by checksums."""
    return PlanToApply(
        plan=signed.plan,
        seal=signed.seal,
        document=encoded(signed),
        target=signed.target,
        target_origin=signed.target_origin,
        made_at=made_at,
        refused_by=signed.refusals[0].fuse if signed.refusals else "",
    )


def checksum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path: Path, checksum: str) -> None:
    """Raise `PlanUnusable` unless a file of a plan is as it was written."""
    try:
        actual = "" if path.exists() and not path.is_file() else checksum_of(path)
    except (OSError, ValueError) as error:  # ValueError: no name of a file
        raise PlanUnusable(path, getattr(error, "strerror", "") or str(error)) from error
    if actual != checksum:
        raise PlanUnusable(path, _CHANGED)


def check_same(
    signed: Manifest, folder: Path, made: Manifest, anew: Path, done: Collection[str]
) -> None:
    """Raise `PlanMoved`, of the kind that fits, where a plan came out otherwise than signed."""
    if made.checksum == signed.checksum:
        return
    names = moved(folder / "plan.jsonl", anew / "plan.jsonl", done, checksum=signed.checksum)
    if names:
        same = made.decisions == signed.decisions
        raise fault_of(names, same_decisions=same)(signed.plan, names)


def moved(
    old: Path,
    new: Path,
    done: Collection[str] = frozenset(),
    most: int = 20,
    checksum: str = "",
) -> list[str]:
    """Name what differs between two plans, at most `most` keys.

    The old one must still have its `checksum`, or this raises `PlanUnusable`. What it has already
    `done` may be missing in the new one, and who got a user by that has one.
    """
    served = {parts_of(key).email for key in done}
    before = {line.key: line for line in read_lines(old, checksum)}
    names = []
    for line in read_lines(new):
        known = before.pop(line.key, None)
        if known is None:
            names.append(f"new: {line.key} ({line.verb} {line.reason}, {line.verdict})")
        elif _signed(_served(known, served)) != _signed(line):
            held = f"{line.verdict} {line.rule}".strip()
            names.append(f"other: {line.key} ({line.verb} {line.reason}, {held})")
    gone = [key for key, line in before.items() if line.verdict != Word.APPLY or key not in done]
    names += [f"gone: {key}" for key in sorted(gone)]
    return names[:most]


def fault_of(moved_keys: Collection[str], *, same_decisions: bool) -> type[PlanMoved]:
    """Give the error that says why a plan came out otherwise than it was signed."""
    if not same_decisions:
        return DecidedOtherwise
    limited = any(Rule.ACCOUNT_LIMIT.value in name for name in moved_keys)
    return AllowedOtherwise if limited else PlanMoved


def _served(line: PlanLine, served: Collection[str]) -> PlanLine:
    """Give a line as it comes out once its person has the user that it would have made."""
    if not line.attach or parts_of(line.key).email not in served:
        return line
    attach = msgspec.structs.replace(line.attach, makes_user=False, password=None)
    return msgspec.structs.replace(line, attach=attach)


def _signed(line: PlanLine) -> PlanLine:
    """Give a line without what a wave says of when it is on: that goes by the day."""
    return msgspec.structs.replace(line, why="") if line.rule == Rule.WAVE.value else line


def open_private(path: Path) -> Any:
    """Open a file that only its owner can read; one of that name is replaced, never followed.

    Anew, since whoever has the old one open would read on, whatever its mode becomes.
    """
    return os.fdopen(private(path), "wb")
