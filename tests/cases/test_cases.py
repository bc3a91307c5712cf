"""Runs every folder of this directory that holds a plan.txt, see README.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml
from papers import REWRITE, compare, compare_papers
from people import client, contact
from rehearsal import Rehearsal, Run, settings_with
from truth import contradictions

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.convert.rows import Rules
from syncd.model.change import CAUTIOUS, Change, Reason
from syncd.model.decision import answers_to
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyReference, LegacyStaff
from syncd.model.policy import (
    AccountRule,
    Closed,
    Cutover,
    Fuses,
    Mode,
    Names,
    People,
    Policy,
    Staff,
    Users,
    Waves,
)
from syncd.model.resources import Contact, Invite, Membership, Observable
from syncd.model.suppression import suppression
from syncd.model.verdict import Verdict
from syncd.pipeline import Settings
from syncd.targets.memory import MemoryTarget
from syncd.verify.rules import RULES
from syncd.verify.scratch import Scratch
from syncd.workspace.workspace import Workspace

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/legacy.yaml"))


class CaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What settings.yaml may say; what it leaves out is as in a migration to a fresh target."""

    mapping: str = "whmcs-7"
    match: AccountRule | dict[str, AccountRule] = "email"  # of all sources, or of each by name
    create_missing: bool = True
    mode: Mode = "no-removals"
    closed: Closed = "skip"
    users: Users = "by-invite"
    cutover: Cutover = "invite"
    excluded: frozenset[str] = frozenset()
    suppressed: frozenset[str] = frozenset()  # addresses here, hashes in a real list
    apply_reasons: frozenset[Reason] = frozenset(Reason) - CAUTIOUS
    protected: list[str] = []
    four_byte: bool = True
    reserved_domains: list[str] = []  # our people live on `.example`
    staff_domains: list[str] = []
    staff_addresses: list[str] = []
    removals: int = 0
    wave: int = 500
    days: int = 1  # since the run before
    nights: int = 1  # until nothing is left to do
    # Who did not simply accept the invitation of the run before: under which address instead, or
    # not at all.
    accepted: dict[str, str | None] = {}
    # Rules that `syncd verify` fails by in the end: legacy rows do not give an account of somebody
    # else, or a member whom the owner invited.
    uncertified: frozenset[str] = frozenset()


class Rows(NamedTuple):
    clients: list[LegacyClient]
    contacts: list[LegacyContact]
    references: list[LegacyReference]
    staff: list[LegacyStaff]


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path) -> None:
    folder = HERE / name
    rows = legacy_rows(folder / "legacy.yaml")
    target = MemoryTarget("shop")
    target.load(**target_rows(folder / "target.yaml"))
    said = said_in(folder / "settings.yaml")
    with Rehearsal(tmp_path, target, settings_of(said, rows)) as rehearsal:
        if (folder / "earlier.yaml").exists():
            rehearsal.run(*legacy_rows(folder / "earlier.yaml"))
            rehearsal.accept_all(said.accepted)
            rehearsal.wait(said.days - 1)
            edit(target, target_rows(folder / "edits.yaml"))
        if (folder / "decisions.yaml").exists():
            rehearsal.decide(answers_of(folder / "decisions.yaml"), rows)
        rehearsal.report_to = tmp_path / "plan"
        first = rehearsal.run(*rows)
        rehearsal.report_to = None
        for _ in range(said.nights):
            rehearsal.accept_all()
            last = rehearsal.run(*rows)
        certificate = rehearsal.certificate(*rows)

    assert contradictions(tmp_path / "plan") == []
    if name in GOLDEN:
        compare_papers(name, tmp_path / "plan")
    compare(folder / "plan.txt", "".join(f"{line}\n" for line in lines(first)))
    assert set(first.applied.outcomes) <= {"applied"}
    assert last.to_apply == []
    assert sum(first.planned.dispositions.values()) == len(rows.contacts)
    # Independent code agrees with convert.
    assert {rule for rule in certificate.rules if RULES[rule].fails} == said.uncertified
    assert certificate.imbalances == ()


GOLDEN = (  # of these all papers are kept, to be read when they change
    "T-07-two-names",
    "S2-12-accountant-and-manager",
    "S4-18-ten-accounts",
)


AS_MANY = (
    *GOLDEN,
    "T-15-look-alikes",
    "T-15-letters-that-unicode-folds",
    "T-50-permissions-edited-in-the-target",
    "T-58-an-agency-of-many-accounts",
)


@pytest.mark.parametrize("name", AS_MANY)
def test_what_is_done_for_many_rows_gives_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workspace, "few", 1)
    monkeypatch.setattr(Scratch, "few", 1)

    test_case(name, tmp_path)


def test_every_folder_is_a_whole_case() -> None:
    folders = sorted(path.name for path in HERE.iterdir() if path.is_dir() and "_" not in path.name)

    assert folders == CASES
    for name in CASES:
        known = {"legacy.yaml", "earlier.yaml", "edits.yaml", "target.yaml", "settings.yaml"}
        known |= {"decisions.yaml"}
        assert {path.name for path in (HERE / name).iterdir()} <= known | {"plan.txt"}


# --- reading a case -------------------------------------------------------------------------


def legacy_rows(path: Path) -> Rows:
    """Read rows whose values are all text, as a database without interpretation gives them."""
    raw = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) or {}  # noqa: S506 (text)
    assert raw.keys() <= {"clients", "contacts", "references", "staff"}, path
    clients = [client(**numbered(row)) for row in raw.get("clients", [])]
    contacts = [contact(**numbered(row)) for row in raw.get("contacts", [])]
    references = [LegacyReference(**counted(row)) for row in raw.get("references", [])]
    staff = [LegacyStaff("legacy", email) for email in raw.get("staff", [])]
    return Rows(clients, contacts, references, staff)


def counted(row: dict[str, str]) -> dict[str, Any]:
    return {
        "source": "legacy",
        **row,
        "contact_id": int(row["contact_id"]),
        "count": int(row["count"]),
    }


def numbered(row: dict[str, str]) -> dict[str, Any]:
    numbers = ("client_id", "contact_id")
    return {"email": None} | {k: int(v) if k in numbers else v for k, v in row.items()}


def target_rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def answers_of(path: Path) -> list[dict[str, str]]:
    answers = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 (text)
    for answer in answers:
        assert answer["answer"] in answers_to(answer["on"]), path
    return answers


def said_in(path: Path) -> CaseSettings:
    raw = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return msgspec.convert(raw, CaseSettings)


def settings_of(said: CaseSettings, rows: Rows) -> Settings:
    mapping = load_mapping(said.mapping)
    return settings_with(
        rules=Rules(
            flag_reader(mapping),
            names=Names(four_byte=said.four_byte),
            people=People(reserved_domains=frozenset(said.reserved_domains)),
            staff=Staff(frozenset(said.staff_domains), frozenset(said.staff_addresses)),
        ),
        mapping=mapping,
        policy=Policy(
            mode=said.mode,
            apply_reasons=said.apply_reasons,
            protected=frozenset(said.protected),
            excluded=said.excluded,
            cutover=said.cutover,
            closed=said.closed,
            users=said.users,
        ),
        fuses=Fuses(removals=said.removals, removals_per_account=said.removals),
        matches=said.match
        if isinstance(said.match, dict)
        else {row.source: said.match for row in rows.clients},
        create_missing=said.create_missing,
        waves=Waves(said.wave),
        suppressed=frozenset(map(suppression, said.suppressed)),
    )


def edit(target: MemoryTarget, edits: dict[str, list[dict[str, Any]]]) -> None:
    """Let people change memberships in the target; one without permissions is removed."""
    for row in edits.get("memberships", []):
        place = target.user_ids[row["email"]], str(row["client_id"])
        target.members.pop(place, None)
        if row.get("permissions"):
            target.load(memberships=[row])


# --- writing a plan -------------------------------------------------------------------------


def lines(run: Run) -> Iterator[str]:
    for change, verdict in run.changes:
        yield line(change, verdict)
    for finding in run.findings:
        answer = f" = {finding.answer}" if finding.answer else ""
        yield f"finding {finding.severity} {finding.code} {finding.scope}{answer}"
    for kind in ("account", "membership", "contact"):
        if run.unmanaged.get(kind):
            yield f"unmanaged {kind} {run.unmanaged[kind]}"
    for refusal in run.planned.refusals:
        yield f"refused {refusal.fuse}"


def line(change: Change, verdict: Verdict) -> str:
    words = [change.verb, change.kind, change.key, change.reason, verdict.word, verdict.rule or "-"]
    before, after = content(change.before), content(change.after)
    if change.before and change.after and before != after:
        words.append(f"[{before} -> {after}]")
    elif before or after:
        words.append(f"[{after or before}]")
    return " ".join(words)


def content(resource: Observable | None) -> str:
    """Give a membership's permissions, or a contact's categories of mail."""
    match resource:
        case Membership() | Invite():
            return ",".join(resource.permissions)
        case Contact():
            return ",".join(resource.preferences)
        case _:
            return ""


def test_the_plans_of_the_cases_are_not_being_rewritten() -> None:
    assert not REWRITE, "plans were written anew: review them, then run without the variable"
