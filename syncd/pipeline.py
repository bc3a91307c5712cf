"""The path: extract, convert, observe, match, diff, guard; what follows is `apply`.

`make_plan` is given a reader and `apply_plan` a writer: a dry run cannot write (I3). A dry run is
stopping early, never a mode.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from syncd.core.convert import convert
from syncd.core.diff import diff
from syncd.core.guard import Circumstances, Fuses, Policy, Tally, judge, judge_plan, lift
from syncd.core.permissions import PermissionMap, entitled
from syncd.core.rows import Rules, read_flag
from syncd.model.change import Change, Verb
from syncd.model.disposition import Disposition
from syncd.model.finding import Finding
from syncd.model.permission import Permissions
from syncd.model.resources import Account, AccountRef, Contact, Membership, Resource, User
from syncd.model.verdict import Refusal, Verdict
from syncd.ports import Batch, Provenance, Source, TargetReader
from syncd.store import matching, results
from syncd.store.journal import Journal
from syncd.store.matching import KINDS, Match
from syncd.store.strangers import strangers
from syncd.store.workspace import Workspace

_T = TypeVar("_T")

# stage, done so far, total where it is known
Progress = Callable[[str, int, int | None], None]

_RESOURCES: dict[str, type[Resource]] = {
    "user": User,
    "account": Account,
    "membership": Membership,
    "contact": Contact,
}


class Settings(msgspec.Struct, frozen=True):
    """What a run decides by; made of the config."""

    rules: Rules
    mapping: PermissionMap
    policy: Policy
    fuses: Fuses
    matches: Mapping[str, Match]
    account_mapping: tuple[tuple[AccountRef, str], ...] = ()
    allowed: Mapping[str, int] = {}  # fuse -> number, for this run only
    wave: int = 500


class Planned(msgspec.Struct, frozen=True):
    """What planning came to; the changes themselves are in the workspace."""

    provenance: tuple[Provenance, ...]
    dispositions: dict[str, int]
    tally: Tally
    refusals: tuple[Refusal, ...]


# --- plan -----------------------------------------------------------------------------------


def make_plan(
    sources: Sequence[Source],
    reader: TargetReader,
    workspace: Workspace,
    journal: Journal,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> Planned:
    """Walk the path up to the guard. Reads source, target and journal; writes the workspace."""
    provenance = _extract(sources, workspace, progress)
    dispositions = _convert(workspace, settings.rules, progress)
    workspace.stage_journal(journal.applied(), journal.bindings(), journal.invites(now))
    known = reader.permissions()
    workspace.stage_observed(_counted("observe", reader.observe(), progress))
    workspace.settle()
    _match(workspace, reader, settings, progress)
    _judge(workspace, reader, settings, progress)
    tally = _tally(workspace, journal, settings, known, dispositions)
    refusals = lift(judge_plan(tally, settings.fuses), settings.allowed)
    return Planned(provenance, dict(dispositions), tally, tuple(refusals))


def _extract(
    sources: Sequence[Source], workspace: Workspace, progress: Progress
) -> tuple[Provenance, ...]:
    def batches() -> Iterator[Batch]:
        done = 0
        for source in sources:
            for batch in source.extract():
                yield batch
                done += len(batch.rows)
                progress("extract", done, None)

    workspace.stage_legacy(batches())
    workspace.settle()
    return tuple(source.provenance() for source in sources)


def _convert(workspace: Workspace, rules: Rules, progress: Progress) -> Counter[str]:
    dispositions: Counter[str] = Counter()

    def converted() -> Iterator[tuple[list[Resource], list[Finding]]]:
        for identity in _counted("convert", workspace.identities(), progress):
            made = convert(identity, rules)
            for disposition, number in made.dispositions.items():
                dispositions[disposition.value] += number
            yield made.resources, made.findings

    workspace.stage_converted(converted())
    workspace.settle()
    return dispositions


def _match(
    workspace: Workspace, reader: TargetReader, settings: Settings, progress: Progress
) -> None:
    findings = matching.bind_accounts(workspace, settings.matches, settings.account_mapping)
    workspace.stage_findings(findings)
    matching.bind_contacts(workspace)
    matching.match(workspace)
    asked = _counted("inspect", matching.uninspected(workspace), progress)
    workspace.stage_inspected(reader.inspect(asked))
    matching.settle(workspace)
    workspace.stage_findings(strangers(workspace))


def _judge(
    workspace: Workspace, reader: TargetReader, settings: Settings, progress: Progress
) -> None:
    supports = frozenset(
        (name, verb) for name, kind in _RESOURCES.items() for verb in Verb
        if reader.supports(kind, verb)
    )  # fmt: skip
    policy = msgspec.structs.replace(settings.policy, supports=supports)
    for kind in KINDS:
        pairs = _counted("judge", matching.pairs(workspace, kind), progress)
        results.stage_verdicts(workspace, _verdicts(pairs, settings.rules, policy))
        workspace.settle()
        if kind == "membership":
            results.hold_beyond_wave(workspace, settings.wave)


def _verdicts(
    pairs: Iterable[matching.Pair], rules: Rules, policy: Policy
) -> Iterator[tuple[Change, Verdict]]:
    for pair in pairs:
        change = diff(pair.desired, pair.observed, pair.applied)
        if change is None:
            continue
        logins = (permissions for subaccount, permissions in pair.flags if read_flag(subaccount))
        around = Circumstances(
            entitled=entitled(logins, rules.read_flags),
            owner=pair.owner,
            open_findings=pair.open_findings,
            held_parent=pair.held_parent,
            same_address=pair.same_address,
            unneeded=pair.unneeded,
        )
        yield change, judge(change, around, policy)


def _tally(
    workspace: Workspace,
    journal: Journal,
    settings: Settings,
    known: Permissions,
    dispositions: Counter[str],
) -> Tally:
    mapped = set(settings.mapping.permissions.values())
    applied = "changes WHERE verdict = 'apply' AND verb = "
    return Tally(
        clients=results.count(workspace, "clients"),
        contacts=results.count(workspace, "contacts"),
        disposed=sum(dispositions[disposition.value] for disposition in Disposition),
        last_contacts=journal.last_good_contacts(),
        expected=results.count(workspace, "applied WHERE kind <> 'membership'"),
        observed=results.observed_managed(workspace),
        managed=results.count(workspace, "applied"),
        removals=results.count(workspace, f"{applied} '-'"),
        updates=results.count(workspace, f"{applied} '~'"),
        most_removals=results.most_on_one_account(workspace, "-"),
        most_updates=results.most_on_one_account(workspace, "~"),
        unknown_permissions=tuple(sorted(mapped - set(known))),
    )


def _counted(stage: str, items: Iterable[_T], progress: Progress) -> Iterator[_T]:
    done = 0
    for done, item in enumerate(items, start=1):
        if done % 500 == 0:
            progress(stage, done, None)
        yield item
    progress(stage, done, None)
