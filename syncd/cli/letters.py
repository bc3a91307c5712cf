"""`syncd letters`: letters to the people of a plan, for the provider to read and to send.

Opens no connection and mails nobody: it reads the plan's folder and writes another.
"""

from pathlib import Path

from syncd.cli import log
from syncd.cli.printed import out
from syncd.cli.progress import shown
from syncd.config.config import Look, load_for_backup
from syncd.config.letters import LetterSettings
from syncd.errors import ConfigError
from syncd.model.lettering import Sender
from syncd.model.text import visible
from syncd.report import letter_files
from syncd.report.letter_files import LetterCounts
from syncd.report.letter_templates import Templates
from syncd.report.words import counted

_NEEDED = {
    "provider": "the name that letters are signed with",
    "mailbox": "the address to which questions go",
    "client_area": "the address of the new client area",
}


def write_letters(plan_dir: Path, out_dir: Path, config: Path) -> None:
    look: Look = load_for_backup(config)
    log.configure()
    settings = look.letters
    sender = _sender(settings, config)
    header = letter_files.header_of(plan_dir)
    cutover = letter_files.cutover_of(header)
    templates = Templates(settings.templates, settings.languages, sender, cutover)
    with shown() as progress:
        counts = letter_files.write(plan_dir, out_dir, header, templates, progress)
    for line in _lines(counts, header.plan, out_dir, templates.languages[0]):
        out.print(visible(line), markup=False)


def _sender(settings: LetterSettings, config: Path) -> Sender:
    missing = [
        f"letters.{name}: is required for letters: {what}"
        for name, what in _NEEDED.items()
        if not getattr(settings, name)
    ]
    if missing:
        raise ConfigError(config, missing)
    mailbox = settings.mailbox or ""
    return Sender(
        provider=settings.provider,
        mailbox=mailbox,
        billing=settings.billing or mailbox,
        client_area=settings.client_area or "",
    )


def _lines(counts: LetterCounts, plan: str, folder: Path, fallback: str) -> list[str]:
    languages = ", ".join(f"{number:,} {name}" for name, number in counts.languages.items())
    groups = ", ".join(f"{number:,} {name}" for name, number in counts.groups.items())
    lines = [
        f"Plan {plan}: {counted(counts.letters, 'letter')} in {folder}; nobody was mailed.",
        f"  Languages: {languages or 'none'}. Groups: {groups or 'none'}.",
    ]
    if counts.without:
        names = ", ".join(f"{number:,} {name}" for name, number in counts.without.items())
        lines.append(f"  In {fallback} for lack of templates: {names}.")
    if counts.unwritten:
        states = ", ".join(f"{number:,} {name}" for name, number in counts.unwritten.items())
        lines.append(f"  Not written about, with the reasons in unwritten.csv: {states}.")
    lines.append(
        "Read the previews (letter-*) and the announcement, then send what letters.csv has."
    )
    return lines
