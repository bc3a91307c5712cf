"""Gathers the Facts of a planned run from the workspace, for the report."""

import sys
from collections import Counter
from datetime import datetime

import msgspec

from syncd.decide.guard import GuardRules
from syncd.decide.planned import Planned
from syncd.decide.rules import Rule, rule_in
from syncd.model.policy import Waves
from syncd.ports import Provenance
from syncd.report import counts, ownership
from syncd.report.access import Labelling, LoginCensus
from syncd.report.advising import AdviceFacts
from syncd.report.asking import QuestionFacts
from syncd.report.census import SAMPLE
from syncd.report.explanations import cases
from syncd.report.facts import (
    ContactFacts,
    Facts,
    Header,
    InvitationFacts,
    Report,
    SourceLine,
)
from syncd.report.holding import PeopleFacts
from syncd.report.invitations import mails
from syncd.report.keeping import SilenceFacts
from syncd.report.matrix import unfolded
from syncd.report.moved import SinceFacts
from syncd.report.ownership import OwnershipFacts
from syncd.report.schedule import NextRun, daily, waves_ahead
from syncd.report.stories import keys_of
from syncd.report.summary import summarise
from syncd.workspace.changes import invitation_count
from syncd.workspace.workspace import Workspace

_CASES = 5  # findings of each code that the page shows


class Beside(msgspec.Struct, frozen=True):
    """What was worked out before, or is not in the workspace."""

    questions: QuestionFacts = QuestionFacts()
    since: SinceFacts = SinceFacts()
    advice: AdviceFacts = AdviceFacts()
    next_run: NextRun = daily


def report_on(  # noqa: PLR0913, PLR0917, what each table counted
    workspace: Workspace,
    planned: Planned,
    header: Header,
    logins: LoginCensus,
    contacts: ContactFacts,
    people: PeopleFacts,
    sent: InvitationFacts,
    silence: SilenceFacts,
    label: Labelling,
    beside: Beside,
) -> Report:
    """Gather and weigh the facts of a planned run, whose logins have been counted."""
    to_send = invitation_count(workspace)
    facts = Facts(
        header=header,
        counts=counts.counts_of(workspace, planned, header),
        logins=logins.by("state"),
        changes=counts.changes(workspace),
        held=counts.held(workspace),
        findings=counts.findings_by_code(workspace),
        refusals=planned.refusals,
        mails=to_send.invitations,
        mailed_people=to_send.people,
        access_sample=logins.sample,
        held_sample=counts.held_sample(workspace),
        mail_sample=tuple(mails(workspace, label, SAMPLE)),
        contacts=contacts,
        people=people,
        invitations=sent,
        ownership=OwnershipFacts() if header.undoes else ownership.facts_of(workspace),
        passwords=dict(sorted(logins.by("password").items())),
        password_outcomes=dict(sorted(logins.by("password_after").items())),
        silence=silence,
        unused_entries=counts.unused_entries(workspace),
    )
    facts = _completed(facts, planned.waves, beside)
    return summarise(_unfolding(facts, workspace, logins))


def _unfolding(facts: Facts, workspace: Workspace, logins: LoginCensus) -> Facts:
    """Give the facts with what the page shows one by one, and unfolds."""
    facts = msgspec.structs.replace(
        facts, cases=tuple(cases(workspace, _CASES)), losing=logins.losing
    )
    matrix, stories = unfolded(workspace, logins, keys_of(facts))
    return msgspec.structs.replace(facts, matrix=matrix, stories=stories)


def _completed(facts: Facts, limits: Waves, beside: Beside) -> Facts:
    """Give the facts with what was worked out beside them, and with the waves to come."""
    later = Counter({rule_in(each.rule): each.count for each in facts.held})
    numbers = {
        "invitations": (facts.mails, later[Rule.WAVE]),
        "silent": (facts.silence.attached.memberships, later[Rule.SILENT_WAVE]),
    }
    now = datetime.fromisoformat(facts.header.made_at)
    return msgspec.structs.replace(
        facts,
        questions=beside.questions,
        since=beside.since,
        advice=beside.advice,
        waves=waves_ahead(numbers, limits, now, beside.next_run),
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


def policy_words(rules: GuardRules, *, suppressed: int, permission_map: str) -> dict[str, str]:
    """Say in words which policy a plan was made with."""
    policy, waves = rules.policy, rules.waves
    return {
        "mode": policy.mode,
        "users": policy.users,
        "cut-over": policy.cutover,
        "cut-over by name": str(len(policy.cutover_for)),
        "passwords": policy.passwords,
        "closed accounts": policy.closed,
        "excluded by name": str(len(policy.excluded)),
        "on the suppression list": str(suppressed),
        "missing accounts": "created" if rules.accounts.create_missing else "held",
        "applied without a decision": ", ".join(sorted(policy.apply_reasons)),
        "permission map": permission_map,
        "invitations per run": "no limit"
        if waves.per_run == sys.maxsize
        else f"at most {waves.per_run}",
    }
