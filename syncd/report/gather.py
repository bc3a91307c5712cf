"""Gathers the Facts of a planned run from the workspace, for the report."""

from collections.abc import Iterator

from syncd.decide import questions
from syncd.decide.planned import Planned
from syncd.model.decision import UNION
from syncd.model.finding import CATALOGUE
from syncd.model.flags import FlagReader, combined
from syncd.model.text import clean, read_flag
from syncd.model.verdict import Word
from syncd.ports import Provenance
from syncd.report import counts
from syncd.report import left_to_owners as owners_rows
from syncd.report.access import Labelling, LoginTally
from syncd.report.counts import counts_of, findings_by_code
from syncd.report.decisions import Question
from syncd.report.facts import (
    SAMPLE,
    ChangeCount,
    ChangeLine,
    ContactFacts,
    Facts,
    Header,
    InvitationFacts,
    Mail,
    OwnersInvitation,
    PeopleFacts,
    Report,
    RuleCount,
    SourceLine,
)
from syncd.report.summary import summarise
from syncd.workspace import changes
from syncd.workspace.workspace import Workspace


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
    invitations, mailed = changes.invitation_counts(workspace) if planned.invites else (0, 0)
    return summarise(
        Facts(
            header=header,
            counts=counts_of(workspace, planned, header),
            logins=dict(logins.states),
            changes=tuple(ChangeCount(*row) for row in counts.change_counts(workspace)),
            held=tuple(RuleCount(*row) for row in counts.held_counts(workspace)),
            findings=tuple(findings_by_code(workspace)),
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
        provenance.remarks + provenance.hidden + provenance.doubts,
    )


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
    for row in changes.headlines(workspace, verdict, most):
        yield ChangeLine(*row)


def mails(workspace: Workspace, label: Labelling, most: int | None = None) -> Iterator[Mail]:
    """Yield the invitations that applying would send, all or the first."""
    for wanted, name in changes.invitations(workspace, most):
        offered = wanted.permissions
        yield Mail(wanted.email, wanted.account, clean(name), offered, label(offered))


def left_to_owners(workspace: Workspace) -> Iterator[OwnersInvitation]:
    """Yield the invitations that the cut-over policy leaves to the owners, owner by owner."""
    for owner, account, wanted in owners_rows.left_to_owners(workspace):
        name = account.profile.name if owner == account.owner else ""
        yield OwnersInvitation(
            owner, name, account.ref, account.name, wanted.email, wanted.permissions
        )


# --- access before and after ----------------------------------------------------------------
