"""The report as plain text: for a terminal, a cron mail and report.txt. About a screenful."""

import textwrap
from collections.abc import Iterable, Iterator

from syncd.model.change import Verb
from syncd.model.ownership import STANDING
from syncd.model.text import visible
from syncd.report.advising import ADVISED
from syncd.report.facts import (
    Access,
    Report,
    SourceLine,
)
from syncd.report.holding import WATCHED, ChooserFacts, PeopleFacts
from syncd.report.ownership import line
from syncd.report.steps import next_steps
from syncd.report.tables import CHOOSERS, HIGH_RISK
from syncd.report.words import (
    LIVES,
    STATES,
    Mark,
    counted,
    cutover,
    equation,
    held_groups,
    marked,
    mismatch,
    moment,
    moved,
    open_questions,
    still_open,
    verdict,
    why,
)

WIDTH = 100
MARGIN = 11  # the labels stand in it
PEOPLE = 4  # named one by one
GROUPS = 3  # rules that hold, kinds of open questions

_MOVES: dict[str, tuple[str, Mark]] = {
    "wider": ("gains", "G"),
    "narrower": ("loses", "L"),
    "waits": ("waits", "W"),
    "excluded": ("left out", "X"),
}
_REASONED = ("waits", "excluded")  # for these the reason matters more than the rights
LabelledLines = tuple[str, Iterable[str]]


def render(report: Report, width: int = WIDTH) -> str:
    """Give the report in lines of at most `width` characters, the verdict first."""
    blocks = (
        [("", _verdict(report))],
        [("", _sentences(report))],
        [*_provenance(report), ("Counts", _counts(report))],
        [("Access", _access(report)), ("People", _people(report.facts.people))],
        [("Held", _held(report)), ("Open", _questions(report)), *_owners(report)],
        [("Mail", _mails(report)), ("Contacts", _contacts(report))],
        [("Undo", _undo(report)), ("Cut-over", _cutover(report)), ("Next", _next(report))],
    )
    return "\n\n".join("\n".join(_lines(block, width)) for block in blocks) + "\n"


def _lines(block: Iterable[LabelledLines], width: int) -> Iterator[str]:
    """Lay a block out: the label in the margin of its first line, the rest beside it."""
    for label, paragraphs in block:
        margin = MARGIN if label else 0
        head = label.ljust(margin)
        for paragraph in paragraphs:
            yield from textwrap.wrap(
                visible(paragraph),
                width,
                initial_indent=head,
                subsequent_indent=" " * (margin + 2),
                break_on_hyphens=False,
            )
            head = " " * margin


def _cutover(report: Report) -> Iterator[str]:
    ready, advice = report.cutover, report.facts.advice
    if ready.checks:
        lacking = ", ".join(check.name for check in ready.open)
        yield f"{ready.score} checks met{f'; open: {lacking}' if lacking else ''} (`syncd status`)"
    if advice.numbers:
        number = counted(sum(advice.numbers.values()), "piece", "pieces")
        yield f"{number} of advice on rights that are seldom needed: {ADVISED}"


def _verdict(report: Report) -> Iterator[str]:
    header = report.facts.header
    said = verdict(report)
    yield f"{said.word.upper()} ({still_open(report)}). {said.meaning}"
    yield (
        f"Plan {header.plan}, made {moment(header.made_at)} by syncd {header.syncd}. "
        "Planning changed nothing."
    )
    when = cutover(header)
    if when:
        yield f"{when.capitalize()}."


def _sentences(report: Report) -> Iterator[str]:
    return (f"* {sentence}" for sentence in report.sentences)


def _provenance(report: Report) -> Iterator[LabelledLines]:
    header = report.facts.header
    for source in header.sources:
        yield "Source", [_source(source), *source.remarks]
    target = f"{header.target}: {header.target_origin}"
    yield "Target", [target, *header.target_remarks]


def _source(source: SourceLine) -> str:
    version = f", WHMCS {source.version}" if source.version else ""
    taken = f", taken {moment(source.taken_at)}" if source.taken_at else ""
    return (
        f"{source.name}: {source.kind} {source.origin}{version}{taken}, "
        f"{counted(source.contacts, 'contact')}"
    )


def _counts(report: Report) -> Iterator[str]:
    yield equation(report.facts.counts)
    wrong = mismatch(report.facts.counts)
    if wrong:
        yield f"ERROR: {wrong}"


def _access(report: Report) -> Iterator[str]:
    logins = report.facts.logins
    total = sum(logins.get(state, 0) for state in STATES)
    if not logins.get("wider"):
        yield "Nobody gains a right."
    people = moved(report)[:PEOPLE]
    yield from map(_person, people)
    if total > len(people):
        yield f"and {total - len(people):,} more in access.csv"


def _person(access: Access) -> str:
    verb, letter = _MOVES[access.state]
    rights = " ".join(marked(access, letter))
    account = f"{_clip(access.account_name, 24)} ({access.account})"
    reason = why(access.why) if access.state in _REASONED else ""
    return f"{verb}  {_clip(access.email, 44)} on {account}: {reason or rights}"


def _people(people: PeopleFacts) -> Iterator[str]:
    yield from _risks(people)
    for holder in people.holder_sample[:1]:
        who = f"{holder.email} ({holder.account})"
        yield f"{HIGH_RISK.file} names each, for example {who}: {holder.words}"
    if people.labels:
        labels = ", ".join(f"{number:,} {label}" for label, number in people.labels.items())
        yield f"by label, owners too: {labels}"
    if people.choosers.people:
        yield _choosers(people.choosers)


def _risks(people: PeopleFacts) -> Iterator[str]:
    """Say how many logins hold dangerous permissions, tier by tier."""
    if not people.holders:
        yield "nobody holds a critical or high permission"
    for tier in WATCHED:
        keys = ", ".join(f"{key} {number:,}" for key, number in people.holders_of(tier).items())
        if keys:
            logins = counted(people.tiers.get(tier, 0), "login")
            yield f"{logins} with {tier} permissions: {keys}"


def _choosers(choosers: ChooserFacts) -> str:
    return (
        f"{counted(choosers.people, 'person', 'people')} must choose an account at login, "
        f"{choosers.new:,} for the first time ({CHOOSERS.file})"
    )


def _held(report: Report) -> Iterator[str]:
    groups = held_groups(report)
    if not groups:
        yield "nothing"
    for group in groups[:GROUPS]:
        yield f"{counted(group.count, 'change')} by {group.rule}: {group.why}"
    rest = groups[GROUPS:]
    if rest:
        number = sum(group.count for group in rest)
        more = counted(number, "more change")
        yield f"and {more} by {counted(len(rest), 'other rule')} in changes.csv"


def _questions(report: Report) -> Iterator[str]:
    questions = open_questions(report)
    if not questions:
        yield "nothing"
    for finding in questions[:GROUPS]:
        yield f"{finding.count:,} x {finding.code} ({finding.severity}): {finding.sentence}"
    rest = questions[GROUPS:]
    if rest:
        number = sum(finding.count for finding in rest)
        kinds = counted(len(rest), "other kind")
        yield f"and {number:,} more of {kinds} (questions.csv, findings.csv)"


def _owners(report: Report) -> Iterator[LabelledLines]:
    """Say how ownership requests stand, where there are any."""
    facts = report.facts.ownership
    if facts.states:
        numbers = ", ".join(f"{number:,} {state}" for state, number in facts.states.items())
        requests = [line(request) for request in facts.sample[:PEOPLE]]
        where = " (worksheet.csv)" if set(facts.states) & set(STANDING) else ""
        yield "Owners", [f"ownership requests: {numbers}{where}", *requests]


def _mails(report: Report) -> Iterator[str]:
    facts = report.facts
    if not facts.mails:
        yield "none would be sent"
    else:
        people = counted(facts.mailed_people, "person", "people")
        yield f"{counted(facts.mails, 'invitation')} to {people} would be sent, listed in mails.csv"
    states = facts.invitations.states
    sent = [life for life in LIVES if life in states and life != "asked"]  # that one is held: above
    if sent:
        numbers = ", ".join(f"{states[life]:,} {life}" for life in sent)
        yield f"Sent earlier: {numbers}; invitations.csv says whom to phone"


def _contacts(report: Report) -> Iterator[str]:
    if report.facts.header.undoes:  # which knows of a few
        return
    contacts = report.facts.contacts
    yield (
        f"{contacts.support:,} may ask for support (support_contacts.csv), "
        f"{contacts.referenced:,} are in use elsewhere (references.csv)"
    )
    if blind := ", ".join(report.facts.header.through_api):
        yield f"{blind} was read through the API, which does not show every use of a contact"


def _undo(report: Report) -> Iterator[str]:
    """Say what cannot be taken back; the page says why, and what to do about it."""
    sums = [
        f"{counted(each.count, each.kind)} {_DONE[Verb(each.verb)]}" for each in report.irreversible
    ]
    if not report.writes or report.facts.refusals:  # there will be nothing to undo
        return
    if sums:
        yield f"cannot be undone: {', '.join(sums)} (report.html says why)"
    else:
        yield "syncd undo can take all of it back"


_DONE = {Verb.ADD: "added", Verb.UPDATE: "updated", Verb.REMOVE: "removed"}


def _next(report: Report) -> Iterator[str]:
    for number, step in enumerate(next_steps(report), start=1):
        yield f"{number}. {step.say}{': ' if step.command else ''}{step.command}"


def _clip(text: str, width: int) -> str:
    """Cut a name or an address that is too long for its line; a reason is never cut."""
    text = visible(text)
    return text if len(text) <= width else f"{text[: width - 3].rstrip()}..."
