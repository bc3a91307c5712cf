"""`syncd verify`: config and journal to a certificate; writes nothing but the files asked for."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer

from syncd import __version__
from syncd.cli import log
from syncd.cli.words import Exit
from syncd.config.config import Config, load
from syncd.config.places import journal_of
from syncd.journal.journal import Journal
from syncd.journal.stores import store_of
from syncd.model.approval import Attested
from syncd.report import files
from syncd.report.plan import open_private
from syncd.sources.backup import BackupSource
from syncd.sources.suppressed import Unnamed
from syncd.targets.suppressed import UnnamedReader
from syncd.verify import document, text
from syncd.verify.certificate import Certificate, Conclusion
from syncd.verify.certify import Known, certify
from syncd.verify.meaning import words
from syncd.verify.scratch import Scratch
from syncd.wiring import open_sources, open_target, settings_of


def show_certificate(
    config: Path, backup: Path | None, out_dir: Path | None, *, as_json: bool, noted: bool = False
) -> None:
    settings = load(config)
    log.configure(settings.log.format, settings.log.level, show_emails=settings.log.show_emails)
    with _certified(settings, backup) as (certificate, header, scratch):
        if out_dir is not None:
            _write(out_dir, certificate, header, scratch)
        if noted:
            _note(settings, certificate, header)
        if as_json:
            for piece in document.pieces(certificate, header, scratch):
                sys.stdout.buffer.write(piece)
        else:
            for line in text.render(certificate, header, scratch):
                sys.stdout.write(f"{line}\n")
    passed = certificate.verdict is Conclusion.PASS
    raise typer.Exit(Exit.DONE if passed else Exit.REFUSED)


@contextmanager
def _certified(
    config: Config, backup: Path | None
) -> Iterator[tuple[Certificate, text.CertificateHeader, Scratch]]:
    settings, target, sources = settings_of(config), open_target(config), open_sources(config)
    if backup is not None:
        sources = [BackupSource(sources[0].name, path=backup)]
    now = datetime.now(UTC)
    mapping = settings.mapping
    reader = UnnamedReader(target.reader(), settings.matching.suppressed)
    with ExitStack() as stack:
        decided, matching = settings.rules.decisions, settings.matching
        known = Known(matching.matches, matching.account_mapping, decisions=tuple(decided))
        place = journal_of(config)
        if store_of(place).exists():
            journal = stack.enter_context(Journal.open(place, target.name))
            # Where the target lists its invitations itself, no memory of them counts.
            sent = () if reader.shows_invites else reader.unnamed(journal.invites(now))
            known = msgspec.structs.replace(known, bindings=journal.bindings(), invites=sent)
        room = config.state_dir if config.state_dir.is_dir() else None
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=room, prefix=".verify-"))
        scratch = stack.enter_context(Scratch(Path(folder) / "scratch.duckdb"))
        certificate = certify(
            scratch,
            [Unnamed(source, matching.suppressed) for source in sources],
            reader,
            words(mapping.permissions, mapping.aliases, mapping.ignored),
            known,
        )
        made_at = now.isoformat(timespec="seconds")
        yield certificate, text.CertificateHeader(made_at, __version__, target.origin), scratch


def _note(config: Config, certificate: Certificate, header: text.CertificateHeader) -> None:
    """Note in the journal what the certificate came to, for `syncd status`."""
    attested = Attested("verify", header.made_at, certificate.verdict.value, __version__)
    with Journal.open(journal_of(config), config.target.name) as journal:
        journal.record_certificate(attested)


def _write(
    folder: Path, certificate: Certificate, header: text.CertificateHeader, scratch: Scratch
) -> None:
    with files.drafted(folder) as drafts:
        with open_private(drafts / "certificate.txt") as file:
            file.writelines(
                f"{line}\n".encode() for line in text.render(certificate, header, scratch)
            )
        with open_private(drafts / "certificate.json") as file:
            file.writelines(document.pieces(certificate, header, scratch))
