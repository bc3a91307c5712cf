"""`syncd approve`: somebody stands up for a plan by a signature, or sees who has."""

import getpass
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import typer

from syncd.approval import keys
from syncd.approval.demands import PlanToApply, approved
from syncd.approval.keys import PrivateKey
from syncd.approval.sshsig import NoSignature
from syncd.cli.configured import configured
from syncd.cli.printed import out
from syncd.cli.words import Exit
from syncd.config.config import Config
from syncd.config.places import journal_of
from syncd.errors import OptionUnusable, PlanUnusable
from syncd.journal.journal import Journal
from syncd.model.approval import Approval, PublicKey
from syncd.model.text import visible
from syncd.report import plan
from syncd.report.plan import Manifest
from syncd.report.stored import report_in
from syncd.report.words import counted


class Pen(msgspec.Struct, frozen=True):
    """With what somebody signs: a private key, or a signature that was made elsewhere."""

    name: str
    key: Path | None = None
    signature: Path | None = None


def approve_plan(folder: Path, config: Path, pen: Pen) -> None:
    """Record an approval, where somebody gives one; then say who has approved."""
    settings = configured(config)
    now = datetime.now(UTC)
    keys.check_installed("approve")
    signed, to_apply = plan_of(folder, settings, now)
    owner = approver(settings, pen)
    with Journal.open(journal_of(settings), settings.target.name) as journal:
        if owner is not None:
            if signed.refusals:
                reason = f"the fuse {signed.refusals[0].fuse} refuses it, so it is never applied."
                raise PlanUnusable(folder / "plan.json", reason)
            if not journal.on_record(signed.seal).made_here:
                reason = "no run that the journal knows has made it as it is."
                raise PlanUnusable(folder / "plan.json", reason)
            _show_plan(folder, signed)
            signature = signed_by(pen, owner, keys.PLAN, to_apply.document)
            approval = Approval(
                signed.seal,
                signed.plan,
                pen.name,
                owner.fingerprint,
                now.isoformat(timespec="seconds"),
                signature,
            )
            journal.record_approval(approval)
        is_enough = _show_approvals(settings, to_apply, journal)
    raise typer.Exit(Exit.DONE if is_enough or owner is not None else Exit.HELD)


def plan_of(folder: Path, config: Config, now: datetime) -> tuple[Manifest, PlanToApply]:
    """Read a plan that may still be applied to the target of a config; raises `PlanUnusable`."""
    signed = plan.load(folder)
    if signed.target != config.target.name:
        reason = f"it was made for the target {signed.target!r}, not for {config.target.name!r}"
        raise PlanUnusable(folder / "plan.json", reason)
    made_at = plan.check_age(signed, folder, now, timedelta(days=config.plans.max_age))
    return signed, plan.to_apply(signed, made_at)


def approver(config: Config, pen: Pen) -> PublicKey | None:
    """Give the key that the config has for who signs, None where nobody does.

    Raises `OptionUnusable`.
    """
    if not pen.name:
        if pen.key or pen.signature:
            raise OptionUnusable("--as", ["say whose it is: --as NAME, of policy.approvers"])
        return None
    key = config.policy.demands.key_of(pen.name)
    if key is None:
        names = ", ".join(sorted(config.policy.approvers)) or "nobody"
        raise OptionUnusable("--as", [f"policy.approvers does not name {pen.name}, but {names}"])
    if (pen.key is None) == (pen.signature is None):
        raise OptionUnusable("--key", ["give either --key or --signature"])
    return key


def signed_by(pen: Pen, owner: PublicKey, namespace: str, document: bytes) -> str:
    """Give the signature of who signs, once it has been checked; raises `OptionUnusable`."""
    if pen.signature is not None:
        try:
            signature = pen.signature.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            problem = f"{pen.signature}: {getattr(error, 'strerror', '') or 'it is no signature'}"
            raise OptionUnusable("--signature", [problem]) from error
    else:
        signature = own_key(pen, owner).sign(namespace, document)
    try:
        keys.check(signature, owner, namespace, document)
    except NoSignature as error:
        raise OptionUnusable("--signature", [f"{pen.signature}: {error}"]) from error
    return signature


def own_key(pen: Pen, owner: PublicKey) -> PrivateKey:
    """Give the private key of who signs, as the config knows it; raises `OptionUnusable`."""
    private = keys.private_key(pen.key or Path(), _passphrase)
    if private.public != owner:
        problem = (
            f"{pen.key} is the key {private.public.fingerprint}; that of {pen.name} in "
            f"policy.approvers is {owner.fingerprint}"
        )
        raise OptionUnusable("--key", [problem])
    return private


def _passphrase(path: Path) -> str | None:
    if not sys.stdin.isatty():
        return None
    try:
        return getpass.getpass(f"Passphrase of {path}: ")
    except EOFError:
        return None


def _show_plan(folder: Path, signed: Manifest) -> None:
    writes, holds = counted(signed.writes, "change"), counted(signed.holds, "change")
    where = f"{signed.target} ({signed.target_origin})" if signed.target_origin else signed.target
    out.print(
        visible(f"Plan {signed.plan} for {where}, made {signed.made_at}: applies {writes}, "
                f"holds {holds}."),
        markup=False,
    )  # fmt: skip
    for sentence in report_in(folder).sentences:
        out.print(visible(f"  {sentence}"), markup=False)


def _show_approvals(config: Config, to_apply: PlanToApply, journal: Journal) -> bool:
    """Say who has approved, and what lacks; gives whether that is enough."""
    demands = config.policy.demands
    good, doubts = approved(demands, to_apply, journal.approvals(to_apply.seal))
    for approval in good:
        out.print(f"Approved by {approval.name}, {approval.approved_at}, key "
                  f"{approval.fingerprint}.", markup=False)  # fmt: skip
    for doubt in doubts:
        out.print(visible(f"An approval, {doubt}."), markup=False)
    wanted = demands.approvals
    if len(good) < wanted:
        left = sorted(demands.approvers.keys() - {each.name for each in good})
        out.print(f"Plan {to_apply.plan} has {len(good)} of the {counted(wanted, 'approval')} that "
                  f"policy.approvals demands. Next: `syncd approve` by {' or '.join(left)}.",
                  markup=False)  # fmt: skip
        return False
    demanded = f"{wanted} demanded" if wanted else "policy.approvals demands none"
    out.print(f"Plan {to_apply.plan} has {counted(len(good), 'approval')} ({demanded}). "
              "Next: `syncd apply`.", markup=False)  # fmt: skip
    return True
