"""Gathers the Facts of a planned run from the workspace, for the report."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from syncd.core.permissions import FlagReader, combined
from syncd.decisions import Question
from syncd.model.decision import UNION
from syncd.model.finding import CATALOGUE, Severity
from syncd.model.permission import NONE, Permissions, permissions
from syncd.model.text import clean, read_flag
from syncd.model.verdict import Word
from syncd.pipeline import Planned
from syncd.ports import Provenance
from syncd.report.invitations import InvitationFacts
from syncd.report.owners import OwnersInvitation
from syncd.report.people import PeopleFacts
from syncd.report.summary import (
    SAMPLE,
    Access,
    ChangeCount,
    ChangeLine,
    ContactFacts,
    Counts,
    Facts,
    FindingCount,
    Header,
    Mail,
    Report,
    RuleCount,
    SourceLine,
    summarise,
)
from syncd.store import cutover, questions, results
from syncd.store.workspace import Workspace

Labelling = Callable[[Permissions], str]  # names a set of permissions: see `Roles.label`

_TELLING = ("wider", "narrower", "waits", "excluded")  # states that a person wants to see, in order


class LoginTally:
    """Counts logins by state as they pass, and keeps a sample of those that change."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.passwords: Counter[str] = Counter()  # by kind
        self.outcomes: Counter[str] = Counter()  # what becomes of them
        self._samples: dict[str, list[Access]] = {state: [] for state in _TELLING}

    @property
    def sample(self) -> tuple[Access, ...]:
        """Gains first: in the order of accounts a sample could hide one."""
        return tuple(islice(chain(*self._samples.values()), SAMPLE))

    def counted(self, passing: Iterable[Access]) -> Iterator[Access]:
        for access in passing:
            self.states[access.state] += 1
            self.passwords[access.password] += 1
            self.outcomes[access.password_after] += 1
            kept = self._samples.get(access.state)
            if kept is not None and len(kept) < SAMPLE:
                kept.append(access)
            yield access


def report_on(
    workspace: Workspace,
    planned: Planned,
    header: Header,
    logins: LoginTally,
    contacts: ContactFacts,
    people: PeopleFacts,
    sent: InvitationFacts,
    label: Labelling,
) -> Report:
    """Gather and weigh the facts of a planned run, whose logins have been counted."""
    invitations, mailed = results.invitation_counts(workspace) if planned.invites else (0, 0)
    return summarise(
        Facts(
            header=header,
            counts=_counts(workspace, planned, header),
            logins=dict(logins.states),
            changes=tuple(ChangeCount(*row) for row in results.change_counts(workspace)),
            held=tuple(RuleCount(*row) for row in results.held_counts(workspace)),
            findings=tuple(_finding_counts(workspace)),
            refusals=planned.refusals,
            mails=invitations,
            mailed_people=mailed,
            access_sample=logins.sample,
            held_sample=tuple(change_lines(workspace, Word.HOLD, SAMPLE)),
            mail_sample=tuple(mails(workspace, label, SAMPLE)) if planned.invites else (),
            contacts=contacts,
            people=people,
            invitations=sent,
            passwords=dict(sorted(logins.passwords.items())),
            password_outcomes=dict(sorted(logins.outcomes.items())),
        )
    )


def source_line(provenance: Provenance) -> SourceLine:
    return SourceLine(
        provenance.source,
        provenance.kind,
        provenance.origin,
        provenance.version,
        provenance.taken_at,
        provenance.clients,
        provenance.contacts,
        provenance.remarks + provenance.hidden,
    )


def _counts(workspace: Workspace, planned: Planned, header: Header) -> Counts:
    there = "desired JOIN matched m USING (key) WHERE m.kind = "
    return Counts(
        clients=planned.tally.clients,
        contacts=planned.tally.contacts,
        dispositions=planned.dispositions,
        accounts=results.count(workspace, "desired WHERE kind = 'account'"),
        accounts_there=results.count(workspace, f"{there} 'account'"),
        users_there=results.count(workspace, "matched WHERE kind = 'user'"),
        # A plan that takes back a run knows of nothing else, and cannot say what is unmanaged.
        unmanaged={} if header.undoes else results.unmanaged_counts(workspace),
        waiting=results.count(workspace, _INVITES + "i.fresh"),
        expired=results.count(workspace, _INVITES + "NOT i.fresh AND NOT i.gone"),
        unconfirmed=results.count(workspace, _INVITES + "i.fresh AND NOT i.confirmed"),
    )


_INVITES = "invites i JOIN matched m USING (key) JOIN desired d USING (key) WHERE m.invite AND "


def _finding_counts(workspace: Workspace) -> Iterator[FindingCount]:
    for name, answer, number in results.finding_counts(workspace):
        code = CATALOGUE[name]
        severity, advice = code.severity, code.advice
        if answer:  # no question any more
            severity, advice = Severity.NOTE, f"Decided: {answer}."
        yield FindingCount(name, code.case, severity, code.sentence, advice, number)


def open_questions(workspace: Workspace, read_flags: FlagReader) -> Iterator[Question]:
    for one in questions.open_questions(workspace):
        known = CATALOGUE.get(one.on)
        sentence = known.sentence if known else "The target is not as syncd left or wants it."
        advice = known.advice if known else "See `syncd explain` for how it came to this."
        union = combined((raw for mark, raw in one.logins if read_flag(mark)), read_flags)
        yield Question(
            one.on, one.scope, one.made_on, sentence, advice, tuple(one.details), tuple(one.held),
            gives={UNION: union},
        )  # fmt: skip


def change_lines(
    workspace: Workspace, verdict: str = "", most: int | None = None
) -> Iterator[ChangeLine]:
    """Yield the changes in the order of apply, all or those of one verdict, all or the first."""
    for row in results.headlines(workspace, verdict, most):
        yield ChangeLine(*row)


def mails(workspace: Workspace, label: Labelling, most: int | None = None) -> Iterator[Mail]:
    """Yield the invitations that applying would send, all or the first."""
    for wanted, name in results.invitations(workspace, most):
        offered = wanted.permissions
        yield Mail(wanted.email, wanted.account, clean(name), offered, label(offered))


def left_to_owners(workspace: Workspace) -> Iterator[OwnersInvitation]:
    """Yield the invitations that the cut-over policy leaves to the owners, owner by owner."""
    for owner, account, wanted in cutover.left_to_owners(workspace):
        name = account.profile.name if owner == account.owner else ""
        yield OwnersInvitation(
            owner, name, account.ref, account.name, wanted.email, wanted.permissions
        )


# --- access before and after ----------------------------------------------------------------


def accesses(workspace: Workspace, read_flags: FlagReader, label: Labelling) -> Iterator[Access]:
    """Yield every legacy sub-account login, what it could do, and what it can after this plan."""
    for login in results.logins(workspace):
        columns = [flags for subaccount, flags in login.flags if read_flag(subaccount)]
        if columns:
            before = permissions(key for raw in columns for key in read_flags(raw).permissions)
            after, state, why = _after(login, before)
            name = clean(login.account_name)
            yield Access(
                *(login.account, name, login.email, before, after, state, why),
                password=" ".join(sorted(set(login.passwords))),
                password_after=_password_after(login, state),
                label=label(before),
            )


def _password_after(login: results.Login, state: str) -> str:
    """Name what becomes of a password, see `words.PASSWORDS`: none is ever carried over."""
    if login.user == "there":
        return "kept"
    if state in ("waits", "excluded"):
        return "none"
    return "reset" if state == "owner" or login.user == "made" else "set"


def _after(login: results.Login, before: Permissions) -> tuple[Permissions, str, str]:
    now = login.observed.permissions if login.observed else NONE
    if login.is_owner:
        return before, "owner", "owns the account"
    if login.rule.startswith(("decided:", "excluded")):
        who = "the config" if login.rule == "excluded" else "a decision"
        return now, "excluded", f"left out by {who}"
    if login.verdict == Word.HOLD and login.rule != "wave":
        return now, "waits", login.rule
    if login.desired is None and login.open_finding:
        return now, "waits", login.open_finding
    if login.desired is None and login.observed is None:
        return NONE, "excluded", "left out by policy or a decision, or no usable address"
    after = login.desired.permissions if login.desired and login.verdict else now
    lost = set(before) - set(after)
    gained = set(after) - set(before)
    state = "wider" if gained else "narrower" if lost else "same"
    return after, state, "" if state == "same" else "differs from the legacy rows"
