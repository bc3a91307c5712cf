"""`syncd rehearse`: builds the areas, says where they are, and serves them until it is ended."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from syncd.approval.keys import PrivateKey
from syncd.cli import log
from syncd.cli.approve import Pen, approver, own_key
from syncd.cli.configured import configured
from syncd.cli.interrupt import heard
from syncd.cli.printed import out, say
from syncd.cli.rehearse.built import Built, build
from syncd.cli.rehearse.certify import certificate_of, rehearse_plan
from syncd.cli.sandbox import check_installed, rehearsing
from syncd.cli.terminal import job_for
from syncd.cli.words import Exit
from syncd.config.config import Config
from syncd.config.places import journal_of
from syncd.errors import OptionUnusable
from syncd.journal.journal import Journal
from syncd.model.identity import normalise
from syncd.model.text import visible
from syncd.report import plan
from syncd.report.words import counted
from syncd.verify.certificate import Conclusion
from syncd.verify.rules import RULES
from syncd.workspace.state import temporary_state

if TYPE_CHECKING:
    from syncd.cli.sandbox import RunningRehearsal


class RehearsalOptions(msgspec.Struct, frozen=True):
    """What the command line says."""

    config: Path
    backup: Path | None
    decided: Path | None
    person: str
    port: int
    pen: Pen = Pen("")


def show_rehearsal(asked: RehearsalOptions) -> None:
    """Serve until a signal. Nothing is left behind, and nothing is written anywhere else."""
    check_installed("rehearse")
    # Outside of everything: a signal that comes while things are put away does not stop that.
    with heard() as wait, temporary_state() as folder:
        with job_for(asked.config, asked.backup, decided=asked.decided) as job:
            log.configure(level="warning")  # nobody should read that a change was applied
            built = build(job, folder)
        if built.refusals:
            for refusal in built.refusals:
                say(f"Refused by the fuse {refusal.fuse}: {visible(refusal.why)}")
            say("A refused plan changes nothing: what people will see is what they see today.")
            raise typer.Exit(Exit.REFUSED)
        with rehearsing(folder, _areas(built), asked.port) as rehearsal:
            email = normalise(asked.person)
            if asked.person and not rehearsal.logins(email):
                nobody = f"nobody logs in as {asked.person}, today or then: leave it out to search"
                raise OptionUnusable("--person", [nobody])
            _tell(built, rehearsal)
            if asked.person:
                _tell_of(email, rehearsal)
            say("Only this machine can open them. Ctrl-C ends it, and nothing is left behind.")
            out.file.flush()
            wait()


def certify_rehearsal(plan_dir: Path, asked: RehearsalOptions) -> None:
    """Rehearse a plan in a sandbox, and record what came of it; raises what `apply` raises."""
    check_installed("rehearse")
    config = configured(asked.config)
    key = _key(config, asked.pen)
    signed = plan.load(plan_dir)
    with job_for(asked.config, None, decided=asked.decided) as job, temporary_state() as folder:
        log.configure(level="warning")  # nobody should read that a change was applied
        performed = rehearse_plan(job, config, plan_dir, folder)
        at = job.now().isoformat(timespec="seconds")
    judged = certificate_of(signed, performed, at, asked.pen, key)
    with Journal.open(journal_of(config), config.target.name) as journal:
        journal.record_certificate(judged)
    outcomes = ", ".join(f"{number} {name}" for name, number in performed.outcomes.items())
    certificate = performed.certificate
    failing = [name for name in certificate.rules if RULES[name].fails]
    say(f"Plan {signed.plan} in the sandbox: changes: {outcomes or 'none were needed'}.")
    if performed.message:
        say(f"It said: {visible(performed.message)}")
    say(
        f"Verified there: {certificate.verdict.value}{'; ' if failing else ''}{', '.join(failing)}."
    )
    by = f", signed by {judged.name}, {judged.fingerprint}" if judged.name else ", not signed"
    say(f"Rehearsal of {at}: {judged.verdict}{by}. It is in the journal.")
    raise typer.Exit(Exit.DONE if judged.verdict == Conclusion.PASS else Exit.REFUSED)


def _key(config: Config, pen: Pen) -> PrivateKey | None:
    """Give the key to sign with; raises `OptionUnusable` where the config wants one."""
    owner = approver(config, pen)
    if owner is None and config.policy.approvers and config.policy.rehearsed:
        wanted = "policy.approvers names people: one of them signs the certificate, with --key"
        raise OptionUnusable("--as", [wanted])
    return None if owner is None else own_key(pen, owner)


def _areas(built: Built) -> list[tuple[str, str, object]]:
    """Give what each area is called, its generation and what is in it."""
    several = len(built.legacy) > 1
    today = [
        (f"Today, {name}" if several else "Today", "7", data) for name, data in built.legacy.items()
    ]
    return [*today, ("Then", "8", built.new)]


def _tell(built: Built, rehearsal: "RunningRehearsal") -> None:
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in built.outcomes.items())
    say(f"The plan, rehearsed: changes: {outcomes or 'none'}; held: {built.held}.")
    if built.accepted:
        invitations = counted(built.accepted, "invitation counts", "invitations count")
        say(f"{invitations} as accepted, each under the address that it is for.")
    for area in rehearsal.areas:
        _address(f"{area.name}:", area.url)
    _address("Everybody, side by side, without a password:", rehearsal.page)


def _tell_of(email: str, rehearsal: "RunningRehearsal") -> None:
    for login in rehearsal.logins(email):
        area = rehearsal.areas[login.area]
        accounts = visible(", ".join(login.opens)) or "no account"
        words = f"{area.name}, as {visible(login.name)} ({login.kind}) on {accounts}:"
        _address(words, rehearsal.link(login))
    _address(f"{visible(email)}, side by side:", rehearsal.beside(email))


def _address(words: str, url: str) -> None:
    """Print an address in a line of its own, which no break tears."""
    say(words)
    out.print(f"  {url}", markup=False, soft_wrap=True)
