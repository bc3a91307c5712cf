"""What a plan does and what it does not do, side by side, in plain sentences."""

from collections.abc import Iterator

from syncd.decide.rules import Rule, rule_in, sentence_of
from syncd.model.change import RESOURCES, Verb
from syncd.report.facts import Facts, Report
from syncd.report.words import counted, moving, to_correct, to_decide

_DONE = {Verb.ADD: "added", Verb.UPDATE: "updated", Verb.REMOVE: "removed"}
_KINDS = tuple(RESOURCES)


def does(report: Report) -> Iterator[str]:
    """Say what applying this plan makes different."""
    facts = report.facts
    if facts.refusals:
        yield "Nothing: the whole plan is refused."
        return
    made = sorted(
        (each for each in facts.changes if each.verdict == "apply"),
        key=lambda each: (_KINDS.index(each.kind), list(Verb).index(Verb(each.verb))),
    )
    for each in made:
        yield f"{counted(each.count, each.kind)} {_DONE[Verb(each.verb)]}."
    if not made:
        yield "Nothing: no change is to be applied."
    if facts.mails:
        people = counted(facts.mailed_people, "person", "people")
        yield f"{counted(facts.mails, 'invitation')} mailed to {people}."
    if attached := facts.silence.attached.memberships:
        yield f"{counted(attached, 'membership')} of these without a mail."


def does_not(report: Report) -> Iterator[str]:
    """Say what is left undone, what is left to people, and what cannot happen."""
    facts = report.facts
    wider, losing, waits, excluded = moving(facts).values()
    if not wider:
        yield "Nobody gains a right."
    if not losing:
        yield "Nobody loses a right."
    if not facts.mails:
        yield "No mail is sent."
    if waits:
        yield f"{counted(waits, 'login waits', 'logins wait')}: nothing is given or taken away yet."
    if excluded:
        yield f"{counted(excluded, 'login is', 'logins are')} left out: no access is made for them."
    yield from _held(facts)
    yield from _left(report)


def _held(facts: Facts) -> Iterator[str]:
    """Say what is held although nobody has to decide about it, and what waits for a wave."""
    for group in facts.held:
        rule, number = rule_in(group.rule), group.count
        if rule in _WAVES:
            yield f"{counted(number, 'membership is', 'memberships are')} left for later waves."
        elif rule not in _ASKED:
            held = counted(number, "change is", "changes are")
            yield f"{held} held: {sentence_of(group.rule)}."


_WAVES = (Rule.WAVE, Rule.SILENT_WAVE)
_ASKED = (Rule.REVIEW, Rule.BLOCKED, Rule.REASON)  # the questions say what these hold


def _left(report: Report) -> Iterator[str]:
    facts = report.facts
    if questions := to_decide(report):
        yield f"{counted(questions, 'question is', 'questions are')} left to a person to decide."
    if rows := to_correct(report):
        yield f"{counted(rows, 'row is', 'rows are')} left to be corrected in the legacy data."
    if tasks := facts.contacts.by_hand:
        yield f"{counted(tasks, 'task is', 'tasks are')} left to staff, by hand."
    alone = ", ".join(
        counted(number, kind) for kind, number in sorted(facts.counts.unmanaged.items())
    )
    if alone:
        yield f"What only the target has is left alone: {alone}."
    if facts.password_outcomes and not facts.password_outcomes.get("carried"):
        yield "No password is carried over."
    yield "No owner is changed."
