"""What `apply` demands before it writes: so many people, each with a key of their own; a rehearsal.

Whoever can edit the plan's folder or the journal gets no further by it: what counts is a signature
over plan.json, byte for byte, by a key that the config names.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from syncd.approval import keys
from syncd.approval.sshsig import NoSignature
from syncd.errors import ConfigError, NotYet
from syncd.model.approval import Approval, Attested, Demands, OnRecord, Rehearsed, Warrant


class PlanToApply(msgspec.Struct, frozen=True):
    """A plan as it is about to be applied; `document` is its plan.json."""

    plan: str
    seal: str
    document: bytes
    target: str
    target_origin: str
    made_at: datetime
    refused_by: str = ""  # a fuse


class Frame(msgspec.Struct, frozen=True):
    """When it is, how long a plan and a certificate hold, and which syncd this is."""

    now: datetime
    max_age: timedelta
    syncd: str


def warranted(demands: Demands, plan: PlanToApply, known: OnRecord, frame: Frame) -> Warrant:
    """Give whose word a plan is applied on; raises `NotYet` with what lacks, `ExtraMissing`."""
    if plan.refused_by:
        reason = f"the fuse {plan.refused_by} refuses it, so nobody can stand up for it: plan anew."
        raise NotYet(plan.plan, reason)
    if not known.made_here:
        reason = (
            "no run that the journal knows has made it as it is, so nobody can say that its report "
            "is that of its changes: plan anew."
        )
        raise NotYet(plan.plan, reason)
    good, doubts = approved(demands, plan, known.approvals)
    lacks = []
    if len(good) < demands.approvals:
        of = ", ".join(each.name for each in good) or "nobody"
        wanted = "1 person" if demands.approvals == 1 else f"{demands.approvals} people"
        lacks.append(f"policy.approvals demands {wanted}, and so far there is {of}")
        lacks += doubts
    rehearsal = None
    if demands.rehearsed:
        rehearsal, why = _rehearsed(demands, plan, known.rehearsals, frame)
        lacks += [why] if rehearsal is None else []
    if lacks:
        raise NotYet(plan.plan, f"{'. '.join(lacks)}. See docs/approve.md.")
    return Warrant(tuple(good), rehearsal)


def check_sync(demands: Demands) -> None:
    """Raise `ConfigError` where nothing may be applied that nobody has seen."""
    if demands.by_people:
        key = f"approvals: {demands.approvals}" if demands.approvals else "rehearsed: true"
        problem = (
            f"{key} is for plans that people look at, and a sync applies a plan that nobody has "
            "seen: run `syncd plan --out DIR`, `syncd approve DIR` and `syncd apply DIR`, or leave "
            "it out while syncs run by themselves"
        )
        raise ConfigError("policy", [problem])


def approved(
    demands: Demands, plan: PlanToApply, approvals: Iterable[Approval]
) -> tuple[list[Approval], list[str]]:
    """Give the approvals that count, one a person and key, and why each other does not."""
    good: dict[str, Approval] = {}
    doubts = []
    for approval in approvals:
        key = demands.key_of(approval.name)
        try:
            why = _doubt(approval, plan, known=key is not None)
            if key is not None and not why:
                keys.check(approval.signature, key, keys.PLAN, plan.document)
                # The key that it was checked with, whatever the journal says of it.
                good[key.fingerprint] = msgspec.structs.replace(
                    approval, fingerprint=key.fingerprint
                )
                continue
        except NoSignature as error:
            why = str(error)
        doubts.append(f"that of {approval.name} does not count: {why}")
    return list(good.values()), doubts


def _doubt(approval: Approval, plan: PlanToApply, *, known: bool) -> str:
    if approval.seal != plan.seal:
        return "it is for another plan"
    return "" if known else "policy.approvers does not name them"


def _rehearsed(
    demands: Demands, plan: PlanToApply, rehearsals: Iterable[Attested], frame: Frame
) -> tuple[Attested | None, str]:
    """Give the certificate that counts, or why none does: the reason of the newest."""
    whys = []
    for judged in rehearsals:
        try:
            why = next(_flaws(demands, plan, judged, frame), "")
        except NoSignature as error:
            why = f"its signature does not count: {error}"
        if not why:
            return judged, ""
        whys.append(f"the rehearsal of {judged.at} does not count: {why}")
    known = whys[0] if whys else "policy.rehearsed demands a rehearsal, and there was none"
    return None, f"{known}. Run `syncd rehearse --certify` with the folder of the plan"


def _flaws(demands: Demands, plan: PlanToApply, judged: Attested, frame: Frame) -> Iterator[str]:
    try:
        said = msgspec.json.decode(judged.body, type=Rehearsed)
        at = datetime.fromisoformat(said.at)
        age = frame.now - at
    except (msgspec.DecodeError, ValueError, TypeError):
        yield "it cannot be read"
        return
    mine = (plan.plan, plan.seal, plan.target, plan.target_origin)
    if (said.plan, said.seal, said.target, said.target_origin) != mine:
        yield "it is of another plan"
    if said.verdict != "PASS":
        yield "it did not pass"
    if said.syncd != frame.syncd:
        yield f"it was by syncd {said.syncd}, and this is {frame.syncd}"
    if at < plan.made_at or age > frame.max_age:
        yield "it is older than the plan, or than plans.max_age allows"
    if demands.approvers:
        key = demands.key_of(judged.name)
        if key is None:
            yield "nobody whom policy.approvers names has signed it (--as, --key)"
        else:
            keys.check(judged.signature, key, keys.REHEARSAL, judged.body.encode())
