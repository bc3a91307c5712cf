"""`syncd rehearse --certify`: a plan applied to a sandbox that holds what the target does, judged.

The plan goes the way it will go: by the same client, over HTTP, to a server that shares no code
with syncd. Then `verify` judges what came of it. Source, target and journal are only read, but for
the certificate, which goes into the journal.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from syncd import __version__, run
from syncd.apply.apply import apply_plan, hands_for
from syncd.apply.resolving import RunBindings
from syncd.approval import keys
from syncd.approval.keys import PrivateKey
from syncd.cli.approve import Pen
from syncd.cli.rehearse.target import PasswordlessWriter, as_observed, new_parts
from syncd.cli.sandbox import serving_filled
from syncd.config.config import Config
from syncd.errors import Stopped
from syncd.journal import move
from syncd.journal.journal import Journal
from syncd.journal.stores import store_of
from syncd.model.approval import Attested, Rehearsed
from syncd.model.connection import JOURNAL, TargetConnection
from syncd.model.outcome import Outcome
from syncd.pipeline import make_plan
from syncd.ports import BillingReader, Target, TargetReader, TargetTerms
from syncd.report import plan
from syncd.report.plan import Manifest
from syncd.run import Job
from syncd.sources.suppressed import Unnamed
from syncd.targets.suppressed import UnnamedReader
from syncd.targets.whmcs.target import WhmcsTarget
from syncd.verify.certificate import Certificate, Conclusion
from syncd.verify.certify import Known, certify
from syncd.verify.meaning import words
from syncd.verify.scratch import Scratch
from syncd.wiring import open_sources
from syncd.workspace.workspace import Workspace

if TYPE_CHECKING:
    from syncd.cli.sandbox import Sandbox

_RUN = "rehearsal"


class Performed(msgspec.Struct, frozen=True):
    """What came of a plan in the sandbox; `message` is what it said most where it said no."""

    outcomes: Mapping[str, int]
    message: str
    certificate: Certificate

    @property
    def verdict(self) -> str:
        done = all(name == Outcome.APPLIED.value for name in self.outcomes)
        passed = done and self.certificate.verdict is Conclusion.PASS
        return (Conclusion.PASS if passed else Conclusion.FAIL).value


def rehearse_plan(job: Job, config: Config, plan_dir: Path, folder: Path) -> Performed:
    """Apply a plan to a sandbox in `folder`, and judge; raises what `syncd apply` raises."""
    signed = plan.load(plan_dir)
    job = run.as_signed(job, signed, _made_at(job, signed, plan_dir))
    place = job.journal or job.state_dir / JOURNAL
    if store_of(place).exists():
        move.back_up(place, folder / JOURNAL)
    with (
        Journal.open(folder / JOURNAL, job.target.name) as journal,
        Workspace(folder / "workspace.duckdb") as workspace,
    ):
        journal.recover(job.now())
        reader = job.target.reader()
        _planned_anew(job, workspace, journal, reader, signed, plan_dir)
        with _sandbox(workspace, reader, folder) as sandbox:
            target = _target_of(sandbox, config)
            journal.start_run(_RUN, "apply", job.now())
            outcomes = _applied(job, workspace, journal, target)
            journal.finish_run(_RUN, "done", job.now())
            message = next((each["why"] for each in journal.runs(1)), "")
            return Performed(outcomes, message, _judged(job, config, journal, target, folder))


def certificate_of(
    signed: Manifest, performed: Performed, at: str, pen: Pen, key: PrivateKey | None
) -> Attested:
    """Give the certificate for the journal, signed where there is a key."""
    said = Rehearsed(
        plan=signed.plan,
        seal=signed.seal,
        target=signed.target,
        target_origin=signed.target_origin,
        syncd=__version__,
        at=at,
        verdict=performed.verdict,
        outcomes=dict(performed.outcomes),
        held=signed.holds,
        logins=performed.certificate.logins,
    )
    body = msgspec.json.encode(said).decode()
    judged = Attested(
        _RUN, at, said.verdict, __version__, plan=signed.plan, seal=signed.seal, body=body
    )
    if key is None:
        return judged
    return msgspec.structs.replace(
        judged,
        name=pen.name,
        fingerprint=key.public.fingerprint,
        signature=key.sign(keys.REHEARSAL, body.encode()),
    )


def _made_at(job: Job, signed: Manifest, plan_dir: Path) -> datetime:
    return plan.check_fit(signed, plan_dir, job.target, job.now(), job.plan_max_age)


def _planned_anew(
    job: Job,
    workspace: Workspace,
    journal: Journal,
    reader: TargetReader,
    signed: Manifest,
    plan_dir: Path,
) -> None:
    """Make the plan again, and see that it is the same: only that one may be certified."""
    settings = msgspec.structs.replace(job.settings, origin=job.target.origin)
    make_plan(job.sources, reader, workspace, journal, settings, job.now(), job.progress)
    anew = workspace.path.with_suffix(".plan")
    anew.mkdir()
    checksum = plan.write_lines(anew / "plan.jsonl", plan.lines(workspace))
    decisions = job.settings.rules.decisions.digest
    made = msgspec.structs.replace(signed, checksum=checksum, decisions=decisions)
    plan.check_same(signed, plan_dir, made, anew, frozenset())


@contextmanager
def _sandbox(workspace: Workspace, reader: TargetReader, folder: Path) -> Iterator["Sandbox"]:
    terms = reader.terms() if isinstance(reader, BillingReader) else TargetTerms()
    data = [
        {"currencies": [{"code": code} for code in terms.currencies or ()]},
        {"groups": [{"groupname": name} for name in terms.groups or ()]},
        *new_parts(as_observed(workspace, reader), {}),
    ]
    attaches = workspace.scalar("SELECT count(*) FROM changes WHERE attach IS NOT NULL")
    switches = {"companion": "on" if attaches else "off"}
    with serving_filled(folder / "sandbox.sqlite", data, switches) as sandbox:
        yield sandbox


def _target_of(sandbox: "Sandbox", config: Config) -> Target:
    connection = TargetConnection(
        url=sandbox.url,
        identifier=sandbox.identifier,
        secret=sandbox.secret,
        connections=1,
        max_calls_per_second=10_000,
    )
    return WhmcsTarget(
        config.target.name,
        connection=connection,
        placeholder=config.names.placeholder,
        makes_accounts=config.accounts.create_missing,
    )


def _applied(job: Job, workspace: Workspace, journal: Journal, target: Target) -> Mapping[str, int]:
    target.reader().permissions()  # as a run does before it writes: what the companion can
    bindings = RunBindings(journal, workspace)
    writer = PasswordlessWriter(target.writer(bindings, job.now, lambda: None))
    applied = apply_plan(
        workspace,
        (),
        writer,
        journal,
        _RUN,
        job.now,
        job.progress,
        job.stop,
        hands_for(target.connections),
        bindings.foresee,
    )
    if applied.stopped == "stopped":
        raise Stopped(stage="apply")
    return applied.outcomes


def _judged(
    job: Job, config: Config, journal: Journal, target: Target, folder: Path
) -> Certificate:
    matching, mapping = job.settings.matching, job.settings.mapping
    reader = UnnamedReader(target.reader(), matching.suppressed)
    now = job.now() + timedelta(seconds=1)
    known = Known(
        matching.matches,
        matching.account_mapping,
        bindings=journal.bindings(),
        invites=() if reader.shows_invites else reader.unnamed(journal.invites(now)),
        decisions=tuple(job.settings.rules.decisions),
    )
    with Scratch(folder / "scratch.duckdb") as scratch:
        return certify(
            scratch,
            [Unnamed(source, matching.suppressed) for source in open_sources(config)],
            reader,
            words(mapping.permissions, mapping.aliases, mapping.ignored),
            known,
        )
