"""What to do next with a plan, in the order in which it is best done."""

from collections.abc import Iterator
from typing import NamedTuple

from syncd.decide.rules import Rule
from syncd.report.facts import Report
from syncd.report.words import counted, to_correct, to_decide


class Step(NamedTuple):
    say: str
    command: str = ""


def next_steps(report: Report) -> list[Step]:
    return [*_obstacles(report), *_ways_on(report)]


def _obstacles(report: Report) -> Iterator[Step]:
    facts = report.facts
    if facts.refusals:
        yield Step(
            "Nothing can be applied. Do what each refusal says, then plan again", "syncd plan"
        )
    if not facts.counts.adds_up:
        yield Step("The counts do not add up: report this as a defect, and apply nothing.")
    if facts.logins.get("wider"):
        yield Step(
            "Look at each login that gains a right (access.csv, state wider): nobody may gain one "
            "without a decision that names them."
        )


def _ways_on(report: Report) -> Iterator[Step]:
    facts = report.facts
    reviews, blocks = to_decide(report), to_correct(report)
    if reviews and facts.header.undoes:
        yield Step(
            f"Answer {counted(reviews, 'open question')} in the next ordinary plan", "syncd plan"
        )
    elif reviews:
        questions = counted(reviews, "open question")
        where = "in decisions.yaml of the plan's folder"
        yield Step(
            f"Answer {questions} {where}, name that file in the config, then plan again",
            "syncd plan",
        )
    if blocks:
        rows = counted(blocks, "blocked row")
        yield Step(f"Correct {rows} in the legacy data (findings.csv): no decision lifts a block.")
    if facts.contacts.by_hand:
        tasks = counted(facts.contacts.by_hand, "task")
        yield Step(f"Do by hand the {tasks} that the target's API cannot do (worksheet.csv).")
    limited = sum(held.count for held in facts.held if held.rule == Rule.ACCOUNT_LIMIT)
    if limited:
        changes = counted(limited, "change")
        yield Step(
            f"Look at {changes} held by the limit on one account; to let them through, give the "
            "--allow that each names (changes.csv)."
        )
    to_invite = sum(rule.count for rule in facts.held if rule.rule == Rule.CUTOVER)
    if to_invite:
        invitations = counted(to_invite, "invitation")
        yield Step(f"Ask the owners to send {invitations} themselves (invitations_by_owner.csv).")
    if report.readiness != "not ready" and facts.counts.adds_up:
        yield _applying(report, is_open=bool(reviews or blocks))


def _applying(report: Report, *, is_open: bool) -> Step:
    if not report.writes:
        return Step("There is nothing to apply.")
    changes = counted(report.writes, "change")
    say = "read who gets mail (mails.csv), then apply" if report.facts.mails else "apply"
    say = f"Or leave what is open for a later plan: {say}" if is_open else say.capitalize()
    return Step(f"{say} exactly these {changes}; PLAN is the plan's folder", "syncd apply PLAN")
