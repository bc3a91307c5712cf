"""The files of a plan: what `plan --out DIR` promises. Nothing is ever half-written."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from io import TextIOWrapper
from operator import attrgetter
from pathlib import Path

import msgspec

from syncd.decide.planned import Planned
from syncd.decide.questions import holding
from syncd.errors import StoreError
from syncd.model.decision import Decisions
from syncd.model.policy import Policy
from syncd.model.roles import Roles
from syncd.model.suppression import Suppressed, digest
from syncd.model.verdict import Word
from syncd.report import (
    access,
    addressees,
    advice,
    contacts,
    counts,
    decisions,
    findings,
    gather,
    html,
    invitations,
    jsonfile,
    markdown,
    pagefile,
    passwords,
    people,
    plan,
    questions,
    since,
    tables,
    text,
)
from syncd.report.access import LoginCensus
from syncd.report.asking import QuestionFacts, QuestionRow
from syncd.report.cells import CsvFile
from syncd.report.census import Census, in_passing
from syncd.report.cutover import History
from syncd.report.facts import ContactFacts, Header, Report
from syncd.report.filling import fill
from syncd.report.gather import Beside
from syncd.report.holding import ChooserFacts
from syncd.report.moved import SinceFacts
from syncd.report.plan import Manifest, open_private
from syncd.report.readiness import readiness
from syncd.report.schedule import NextRun, daily
from syncd.workspace.workspace import Workspace


def write_plan(workspace: Workspace, folder: Path, draft: Manifest) -> Manifest:
    """Write plan.jsonl, its table and plan.json.

    Gives the manifest with plan id, checksum and the numbers of what is to be applied and held.
    """
    with drafted(folder) as drafts:
        with tables.CHANGES.lines(drafts) as table:
            checksum = plan.write_lines(drafts / "plan.jsonl", _listed(workspace, table))
        words = counts.verdicts(workspace)
        manifest = msgspec.structs.replace(
            draft,
            plan=checksum[:12],
            checksum=checksum,
            writes=words[Word.APPLY],
            holds=words[Word.HOLD],
        )
        _write_manifest(drafts, manifest)
    return manifest


def seal(folder: Path, manifest: Manifest) -> Manifest:
    """Seal the folder in plan.json, once the report is there; gives the manifest."""
    done = plan.sealed(manifest, folder)
    with drafted(folder) as drafts:
        _write_manifest(drafts, done)
    return done


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    with open_private(folder / "plan.json") as file:
        file.write(plan.encoded(manifest))


def _listed(workspace: Workspace, table: CsvFile) -> Iterator[plan.Lines]:
    """Yield the lines of the plan, listing each in the table of changes."""
    for lines in plan.lines(workspace):
        table.add_lines(lines.table)
        yield lines


def write_questions(
    workspace: Workspace,
    folder: Path,
    manifest: Manifest,
    decided: Decisions,
    roles: Roles,
) -> QuestionFacts:
    """Write decisions.yaml, what was decided and still holds and every open question; and a table.

    The table, questions.csv, has the open questions alone. Gives how many they are; a plan that
    takes back a run asks nothing of its own.
    """
    if manifest.undoes:
        return QuestionFacts()
    census = Census[QuestionRow, str](attrgetter("on"), in_passing)
    kept = holding(workspace, decided)
    label = cache(roles.label)
    with (
        drafted(folder) as drafts,
        TextIOWrapper(open_private(drafts / decisions.FILE), encoding="utf-8") as file,
        questions.TABLE.opened(drafts) as add,
    ):

        def listed(asked: Iterable[decisions.Question]) -> Iterator[decisions.Question]:
            for question in asked:
                row = questions.row_of(question, label)
                census.add(row)
                add(row)
                yield question

        decisions.write(file, manifest.plan, kept, listed(decisions.open_questions(workspace)))
    return QuestionFacts(dict(census.numbers), census.sample)


class ReportRules(msgspec.Struct, frozen=True):
    """What the config says about showing; it decides nothing."""

    roles: Roles = Roles()  # how the report describes permissions
    policy: Policy = Policy()
    pages: Path | None = None  # the page file, None where nobody serves pages
    history: History = History()  # what the journal knows beside the plan
    provider: str = ""  # whose plan it is
    next_run: NextRun = daily
    kept: Path | None = None  # where the access of the last plan is kept, None for nowhere


def write_report(
    workspace: Workspace,
    folder: Path,
    planned: Planned,
    header: Header,
    rules: ReportRules,
    asked: QuestionFacts = QuestionFacts(),  # noqa: B008 (frozen)
) -> Report:
    """Write the CSV tables and report.txt, .md, .json and .html; gives the Report."""
    header = msgspec.structs.replace(header, provider=rules.provider)
    with drafted(folder) as drafts:
        label = cache(rules.roles.label)  # there are few distinct sets
        access.weigh(workspace, label)
        logins = LoginCensus(workspace)
        fill(tables.ACCESS, drafts, workspace, access.TABLE)
        contact_facts, choosers = _write_contacts(workspace, drafts, header, rules)
        held = people.write_holders(workspace, drafts, logins, rules.roles, choosers)
        moved = _since(workspace, drafts, header, rules, planned.suppressed)
        now = datetime.fromisoformat(header.made_at)
        sent = invitations.write(workspace, drafts, now)
        kept = passwords.write(workspace, drafts, promised="silent" in rules.policy.cutovers)
        advised = advice.write(workspace, drafts, rules.roles)
        beside = Beside(asked, moved, advised, rules.next_run)
        report = gather.report_on(
            workspace, planned, header, logins, contact_facts, held, sent, kept, label, beside
        )
        report = msgspec.structs.replace(report, cutover=readiness(report, rules.history, now))
        write_renderings(drafts, report)
        _write_findings(drafts, report, workspace)
        tables.MAILS.write(drafts, invitations.mails(workspace, label))
        tables.BY_OWNERS.write(drafts, invitations.left_to_owners(workspace))
        _keep(drafts, header, rules)
    pages, support = rules.pages, rules.policy.support_contacts
    pagefile.write(workspace, pages, report, support, digest(planned.suppressed))
    return report


def _write_contacts(
    workspace: Workspace, drafts: Path, header: Header, rules: ReportRules
) -> tuple[ContactFacts, ChooserFacts]:
    """Write the tables of contacts and of people who choose an account.

    A plan that takes back a run knows only its contacts, and can say nothing of all.
    """
    if header.undoes:
        return contacts.write_worksheet(workspace, drafts), ChooserFacts()
    support = rules.policy.support_contacts
    facts = contacts.write(workspace, drafts, support)
    choosers = people.write_choosers(workspace, drafts)
    addressees.write(workspace, drafts, support)
    return facts, choosers


def write_renderings(folder: Path, report: Report) -> None:
    renderers = {"txt": text.render, "md": markdown.render, "html": html.render}
    for suffix, render in renderers.items():
        with open_private(folder / f"report.{suffix}") as file:
            file.write(render(report).encode())


def _since(
    workspace: Workspace,
    drafts: Path,
    header: Header,
    rules: ReportRules,
    suppressed: Suppressed,
) -> SinceFacts:
    """Compare with the plan before; one that takes back a run knows of a few logins."""
    if rules.kept is None or header.undoes:
        return SinceFacts()
    access = drafts / tables.ACCESS.file
    return since.since(workspace, rules.kept, access, header.target, suppressed)


def _keep(drafts: Path, header: Header, rules: ReportRules) -> None:
    """Keep what the plan after this one is compared with."""
    if rules.kept is not None and not header.undoes:
        access = drafts / tables.ACCESS.file
        since.keep(rules.kept, access, header.plan, header.made_at, header.target)


@contextmanager
def drafted(folder: Path) -> Iterator[Path]:
    """Give a folder for drafts; once all are written, they are moved into place."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".draft-") as name:
            drafts = Path(name)
            yield drafts
            for file in sorted(drafts.iterdir()):
                file.replace(folder / file.name)
    except FileExistsError as error:
        raise StoreError(folder, "it is a file, not a folder") from error
    except OSError as error:
        raise StoreError(folder, error.strerror or str(error)) from error


def _write_findings(folder: Path, report: Report, workspace: Workspace) -> None:
    """Write report.json, with all findings, one a line, and their table, without holding them."""
    with jsonfile.opened(folder, report) as listed, tables.FINDINGS.lines(folder) as table:
        for lines, rows in findings.lines(workspace):
            listed.add_lines(lines)
            table.add_lines(rows)
