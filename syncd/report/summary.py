"""The Report value: everything the renderers know. Bounded: long tables are samples of the CSVs.

`summarise` is pure; what it counts is gathered by the pipeline. Format and version are documented
in `docs/report.md`.
"""

from collections.abc import Iterable, Iterator

from syncd.decide.rules import Rule, rule_in
from syncd.model.change import Verb
from syncd.model.finding import Severity
from syncd.model.reversal import IRREVERSIBLE
from syncd.model.verdict import Word
from syncd.report.facts import ChangeCount, ContactFacts, Facts, Irreversible, Readiness, Report
from syncd.report.words import counted


def summarise(facts: Facts) -> Report:
    """Weigh the facts: how ready the plan is, and the sentences a person reads first."""
    return Report(
        _readiness(facts), tuple(_sentences(facts)), facts, tuple(_irreversible(facts.changes))
    )


def _irreversible(changes: Iterable[ChangeCount]) -> Iterator[Irreversible]:
    for change in changes:
        why = IRREVERSIBLE.get((change.kind, Verb(change.verb)))
        if why and change.verdict == Word.APPLY:
            yield Irreversible(change.kind, change.verb, change.count, why)


def _readiness(facts: Facts) -> Readiness:
    if facts.refusals or facts.logins.get("wider"):
        return "not ready"
    open_questions = sum(f.count for f in facts.findings if f.severity is not Severity.NOTE)
    held = sum(rule.count for rule in facts.held if rule_in(rule.rule) is not Rule.DECIDED)
    return "ready with decisions" if open_questions or held else "ready"


def _sentences(facts: Facts) -> list[str]:
    sentences = _of_an_undo(facts) if facts.header.undoes else _of_a_plan(facts)
    if facts.mails:
        later = sum(held.count for held in facts.held if held.rule == Rule.WAVE)
        sentences.append(
            f"Applying this plan sends {counted(facts.mails, 'invitation')} to "
            f"{counted(facts.mailed_people, 'person', 'people')}; each expires 7 days after it is "
            f"sent. {f'{later:,} more are left for later waves. ' if later else ''}"
            "Planning sends nothing."
        )
    else:
        sentences.append("Applying this plan sends no mail.")
    promise = _PROMISES.get(facts.header.policy.get("cut-over", ""))
    if promise:
        sentences.append(promise if not facts.mails else _BROKEN)
    sentences += [
        f"Refused by the fuse {refusal.fuse}: {refusal.why}" for refusal in facts.refusals
    ]
    return sentences


def _of_an_undo(facts: Facts) -> list[str]:
    by_verdict = dict.fromkeys(Word, 0)
    for change in facts.changes:
        by_verdict[Word(change.verdict)] += change.count
    return [
        (
            f"This plan takes back run {facts.header.undoes}: "
            f"{counted(by_verdict[Word.APPLY], 'change is', 'changes are')} to be undone; "
            f"{counted(by_verdict[Word.HOLD], 'is', 'are')} held, each with its reason."
        ),
        "Later runs do not put it back: they hold it as drifted or vanished until you decide.",
    ]


def _of_a_plan(facts: Facts) -> list[str]:
    logins, counts = facts.logins, facts.counts
    members = sum(number for state, number in logins.items() if state != "owner")
    states = ("same", "narrower", "wider", "waits", "excluded")
    same, narrower, wider, waits, excluded = (logins.get(state, 0) for state in states)
    sentences = [
        (
            f"{counted(members, 'sub-account login')} examined: "
            f"{counted(same, 'keeps', 'keep')} exactly the same rights, "
            f"{counted(narrower, 'loses', 'lose')} a right, {counted(wider, 'gains', 'gain')} a "
            f"right, {counted(waits, 'login is', 'logins are')} held, "
            f"{counted(excluded, 'is', 'are')} left out{_AS_THEY_ARE if excluded else ''}."
        ),
        (
            f"{counted(counts.contacts, 'legacy contact')} in "
            f"{counted(counts.clients, 'account')}; "
            f"every contact that is carried over stays a contact. {_recipients(facts.contacts)}"
        ),
    ]
    if facts.unused_entries:
        sentences.append(_unused(facts))
    if facts.password_outcomes:
        sentences.append(_passwords(facts.password_outcomes))
    return sentences


_AS_THEY_ARE = " without access by this plan"


def _recipients(contacts: ContactFacts) -> str:
    if not contacts.differences:
        return "No address gets different mail, in any of the 6 categories."
    return (
        f"Mail recipients: {counted(contacts.differences, 'difference')}, "
        f"{contacts.recipients_added:,} added and {contacts.recipients_removed:,} removed "
        "(recipients.csv)."
    )


def _unused(facts: Facts) -> str:
    number = sum(each.count for each in facts.findings if each.code == "entry_unused")
    more = number - len(facts.unused_entries)
    named = ", ".join(facts.unused_entries) + (f" and {more:,} more" if more > 0 else "")
    return (
        f"{counted(number, 'entry', 'entries')} of the config's lists "
        f"{'matches' if number == 1 else 'match'} nothing: {named}. Correct or remove them: a "
        "misspelt entry has no effect (entry_unused in findings.csv)."
    )


def _passwords(outcomes: dict[str, int]) -> str:
    new, kept, reset = (outcomes.get(outcome, 0) for outcome in ("set", "kept", "reset"))
    return (
        "No password is carried over: "
        f"{counted(new, 'login gets', 'logins get')} a new one when the person accepts, "
        f"{counted(kept, 'keeps the one it has', 'keep the one they have')}, "
        f"{counted(reset, 'needs', 'need')} a reset."
    )


# What a cut-over policy promises, where it promises that nobody gets mail.
_PROMISES = {
    "silent": "The cut-over policy silent is kept: people get their access without a mail.",
    "reinvite-by-owner": (
        "The cut-over policy reinvite-by-owner is kept: the owners invite people, syncd does not."
    ),
}
_BROKEN = "The cut-over policy promises that nobody is mailed, but this plan would send mail."
