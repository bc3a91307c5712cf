"""The files of letters: what `letters --out DIR` promises. Nothing is ever half-written."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from syncd.errors import PlanUnusable, StoreError
from syncd.model.lettering import UNPROMISED, Correspondent, PlaceStanding
from syncd.model.progress import counted
from syncd.ports import Progress
from syncd.report import plan, stored
from syncd.report.cells import CsvFile
from syncd.report.facts import Header
from syncd.report.files import drafted
from syncd.report.letter_places import people
from syncd.report.letter_templates import Letter, Templates
from syncd.workspace.workspace import Workspace

LETTERS = "letters.csv"
UNWRITTEN = "unwritten.csv"
_COLUMNS = (
    *("email", "name", "first_name", "last_name", "language", "client_languages", "groups"),
    *("accounts", "subject", "text"),
)
_UNWRITTEN_COLUMNS = ("email", "account", "account_name", "role", "standing", "why")
_PREVIEWS = 2  # of the same groups and language
# What an earlier run may have left, and this one would not write again.
_OURS = ("letter-*.txt", "letter-*.html", "announcement-*.txt", "announcement-*.html")


class LetterCounts(msgspec.Struct, frozen=True):
    """What was written, in numbers."""

    letters: int
    groups: dict[str, int]  # a person in several counts in each
    languages: dict[str, int]
    without: dict[str, int]  # languages of clients that have no templates -> letters
    unwritten: dict[str, int]  # standing -> rows


def header_of(folder: Path) -> Header:
    """Give the head of a plan that letters may be written for; raises `PlanUnusable`."""
    manifest = plan.load(folder)
    if manifest.undoes:
        raise PlanUnusable(folder, "it takes back a run, and there are no letters for that.")
    if manifest.refusals:
        names = ", ".join(refusal.fuse for refusal in manifest.refusals)
        reason = f"a fuse refused it ({names}), so nothing of what letters say would happen."
        raise PlanUnusable(folder, reason)
    return stored.report_in(folder).facts.header


def cutover_of(header: Header) -> date | None:
    return date.fromisoformat(header.cutover_date) if header.cutover_date else None


def write(
    folder: Path,
    out: Path,
    header: Header,
    templates: Templates,
    progress: Progress = lambda *_: None,
) -> LetterCounts:
    """Write letters, previews and announcement of a plan; reads its folder and nothing else.

    Raises `PlanUnusable`, `TemplateUnusable`, `StoreError`; then nothing was written.
    """
    if out.resolve() == folder.resolve():
        raise StoreError(out, "it is the plan's own folder.")
    with drafted(out) as drafts:
        with (
            TemporaryDirectory(dir=drafts, prefix=".scratch-") as scratch,
            Workspace(Path(scratch) / "letters.duckdb") as workspace,
        ):
            passing = counted("letters", people(workspace, folder), progress)
            counts = _write_letters(passing, drafts, templates)
        for language in templates.languages:
            letter = templates.announcement(language, _policy(header))
            _write_pair(drafts, f"announcement-{language}", letter, language, templates)
        fresh = {path.name for path in drafts.iterdir()}
        ours = [path for pattern in _OURS for path in out.glob(pattern) if path.is_file()]
        stale = [path for path in ours if path.name not in fresh]
    for path in stale:
        path.unlink()
    return counts


def _policy(header: Header) -> str:
    """Name what a plan promised people: one policy, or that it is mixed."""
    mixed = header.policy.get("cut-over by name", "0") != "0"
    return "mixed" if mixed else header.policy.get("cut-over", "mixed")


def _write_letters(
    persons: Iterator[Correspondent], drafts: Path, templates: Templates
) -> LetterCounts:
    groups, languages, without = Counter[str](), Counter[str](), Counter[str]()
    unwritten, previews = Counter[str](), Counter[str]()
    letters = 0
    with (
        CsvFile(drafts / LETTERS, _COLUMNS, prose=("text",)) as table,
        CsvFile(drafts / UNWRITTEN, _UNWRITTEN_COLUMNS) as others,
    ):
        for person in persons:
            unwritten.update(_list_unwritten(person, others.add))
            if not person.groups:
                continue
            language = templates.language_of(person)
            letter = templates.letter(person, language)
            table.add(_row(person, language, letter))
            letters += 1
            groups.update(person.groups)
            languages[language] += 1
            if person.languages and language not in person.languages:
                without[person.languages[0]] += 1
            name = f"letter-{'-'.join(person.groups)}-{language}"
            if previews[name] < _PREVIEWS:
                previews[name] += 1
                _write_pair(drafts, f"{name}-{previews[name]}", letter, language, templates)
    return LetterCounts(letters, *map(_sorted, (groups, languages, without, unwritten)))


def _sorted(numbers: Counter[str]) -> dict[str, int]:
    return {str(name): number for name, number in sorted(numbers.items())}


def _row(person: Correspondent, language: str, letter: Letter) -> tuple[object, ...]:
    names = (person.name, person.first_name, person.last_name)
    accounts = dict.fromkeys(place.account for place in person.places)
    return (
        *(person.email, *names, language, person.languages, person.groups),
        *(tuple(accounts), letter.subject, letter.text),
    )


def _list_unwritten(
    person: Correspondent, add: Callable[[tuple[object, ...]], None]
) -> Iterator[str]:
    """List what no letter says to a person: places, each with its reason."""
    for place in person.places:
        silent = place.standing is PlaceStanding.MEMBER and not person.groups
        if place.standing in UNPROMISED or silent:
            where = (person.email, place.account, place.account_name, place.role)
            add((*where, place.standing.value, place.why))
            yield place.standing.value


def _write_pair(
    drafts: Path, name: str, letter: Letter, language: str, templates: Templates
) -> None:
    """Write a text as .txt and as .html, beside each other."""
    page = templates.page(letter, language)
    for suffix, content in (("txt", f"{letter.subject}\n\n{letter.text}"), ("html", page)):
        with plan.open_private(drafts / f"{name}.{suffix}") as file:
            file.write(content.encode())
