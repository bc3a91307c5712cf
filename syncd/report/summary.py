"""The Report value: everything the renderers know. Bounded: long tables are samples of the CSVs.

`summarise` is pure; what it counts is gathered by the pipeline. Format and version are documented
in `docs/report.md`.
"""

from collections.abc import Iterator

from syncd.decide.rules import Rule, rule_in
from syncd.model.change import Verb
from syncd.model.finding import Severity
from syncd.model.reversal import IRREVERSIBLE
from syncd.model.verdict import Word
from syncd.report.facts import ContactFacts, Counts, Facts, Irreversible, Readiness, Report
from syncd.report.keeping import SilenceFacts
from syncd.report.words import counted, moving, why_no_password


def summarise(facts: Facts) -> Report:
    """Weigh the facts: how ready the plan is, and the sentences a person reads first."""
    return Report(_readiness(facts), tuple(_sentences(facts)), facts, tuple(_irreversible(facts)))


def _irreversible(facts: Facts) -> Iterator[Irreversible]:
    made = facts.silence.attached
    if made.users:
        yield Irreversible("user", Verb.ADD, made.users, IRREVERSIBLE["user", Verb.ADD])
    for change in facts.changes:
        verb = Verb(change.verb)
        why = IRREVERSIBLE.get((change.kind, verb))
        count = change.count
        if (change.kind, verb) == ("membership", Verb.ADD):
            count -= made.memberships  # nobody was mailed: undo removes those
        if (change.kind, verb) == ("membership", Verb.REMOVE) and _is_silent(facts):
            count = 0  # who is attached again is asked nothing
        if why and count and change.verdict == Word.APPLY:
            yield Irreversible(change.kind, change.verb, count, why)


def _readiness(facts: Facts) -> Readiness:
    if facts.refusals or facts.logins.get("wider"):
        return "not ready"
    is_open = any(f.severity is not Severity.NOTE for f in facts.findings)
    held = sum(rule.count for rule in facts.held if rule_in(rule.rule) is not Rule.DECIDED)
    return "ready with decisions" if is_open or facts.questions.asked or held else "ready"


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
    if facts.silence.attached.memberships:
        sentences.append(_attached(facts) + _attached_later(facts))
    if _by_name(facts):
        sentences.append(_BY_NAME)
    elif promise:
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
    same = logins.get("same", 0)
    wider, losing, waits, excluded = moving(facts).values()
    both = losing - logins.get("narrower", 0)
    sentences = [
        (
            f"{counted(members, 'sub-account login')} examined: "
            f"{counted(same, 'keeps', 'keep')} exactly the same rights, "
            f"{counted(losing, 'loses', 'lose')} a right, {counted(wider, 'gains', 'gain')} a "
            f"right{f' ({both:,} do both)' if both else ''}, "
            f"{counted(waits, 'login is', 'logins are')} held, "
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
    if facts.silence.passwords:
        sentences.append(_people(facts.silence) + _owners(counts))
    elif facts.password_outcomes or counts.owners_made:
        sentences.append(_passwords(facts.password_outcomes) + _owners(counts))
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
        "No password is carried over: of the sub-account logins, "
        f"{counted(new, 'gets', 'get')} a new one when the person accepts, "
        f"{counted(kept, 'keeps the one it has', 'keep the one they have')}, "
        f"{counted(reset, 'needs', 'need')} a reset."
    )


def _owners(counts: Counts) -> str:
    """Say how many owners get a user with a password that nobody knows."""
    if not counts.owners_made:
        return ""
    owners = counted(counts.owners_made, "person", "people")
    return f" Whoever owns an account that this plan makes needs a reset: {owners}."


def _people(silence: SilenceFacts) -> str:
    """Say what becomes of people's passwords, and why some have to set a new one."""
    carried, kept, reset, new = (
        silence.passwords.get(outcome, 0) for outcome in ("carried", "kept", "reset", "set")
    )
    invited = f" {counted(new, 'person sets', 'people set')} one on accepting." if new else ""
    most = sorted(silence.reasons.items(), key=lambda reason: (-reason[1], reason[0]))
    whys = "; ".join(f"{number:,}: {why_no_password(why)}" for why, number in most)
    return (
        f"Passwords: {counted(carried, 'person keeps', 'people keep')} the old one, "
        f'{kept:,} that of the user they have already, {reset:,} must use "forgot password"'
        f"{f' ({whys})' if whys else ''}.{invited} {_SHARED if carried else ''}See passwords.csv."
    )


# S3-03, S3-17: they were typed by the account holder and handed over.
_SHARED = "Account holders know the old ones: advise people to set new ones. "


def _attached(facts: Facts) -> str:
    made = facts.silence.attached
    return (
        f"{counted(made.people, 'person', 'people')} get "
        f"{counted(made.memberships, 'membership')} without a mail; "
        f"{counted(made.users, 'user is', 'users are')} made for that."
    )


def _attached_later(facts: Facts) -> str:
    """Say how many memberships a wave of silence leaves, and for how many runs of its size."""
    later = sum(held.count for held in facts.held if held.rule == Rule.SILENT_WAVE)
    if not later:
        return ""
    now = facts.silence.attached.memberships
    runs = counted(-(-later // now), "more run", "more runs")
    return (
        f" That is {now:,} of {now + later:,} such memberships, the rest in {runs} "
        "(waves.silent_per_run)."
    )


def _by_name(facts: Facts) -> bool:
    """Say whether some people were promised something else than the others."""
    return facts.header.policy.get("cut-over by name", "0") != "0"


def _is_silent(facts: Facts) -> bool:
    return facts.header.policy.get("cut-over") == "silent" and not _by_name(facts)


_BY_NAME = "The cut-over policies are kept, by name: nobody is mailed who was promised silence."
# What a cut-over policy promises, where it promises that nobody gets mail.
_PROMISES = {
    "silent": "The cut-over policy silent is kept: people get their access without a mail.",
    "reinvite-by-owner": (
        "The cut-over policy reinvite-by-owner is kept: the owners invite people, syncd does not."
    ),
}
_BROKEN = "The cut-over policy promises that nobody is mailed, but this plan would send mail."
