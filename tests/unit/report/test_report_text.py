import msgspec
import pytest
from report_fixture import (
    ACCESS,
    COUNTS,
    FACTS,
    HEADER,
    HELD,
    HOSTILE,
    REFUSAL,
    a_report,
    an_empty_report,
)

from syncd.model.finding import CATALOGUE
from syncd.report import text
from syncd.report.asking import QuestionFacts
from syncd.report.facts import ChangeCount, RuleCount


def test_the_verdict_comes_first():
    first = text.render(a_report()).splitlines()[0]
    assert first.startswith("READY WITH DECISIONS (17 to decide, 4 to correct).")
    assert text.render(an_empty_report()).startswith("READY (nothing open).")
    assert text.render(a_report(refusals=(REFUSAL,))).startswith("NOT READY")


def _first(**facts: object) -> str:
    none_asked = {"findings": (), "questions": QuestionFacts(), "logins": {"same": 1}}
    return " ".join(text.render(a_report(**none_asked, **facts)).split("\nPlan")[0].split())


def test_the_verdict_contradicts_no_number_beside_it():
    decided = (RuleCount("decided:drifted", "a decision leaves it as it is", 2),)
    left = _first(held=decided, changes=(ChangeCount("membership", "-", "hold", 2),))
    assert left.startswith("READY (nothing to decide, 2 held")
    assert left.endswith("No question is open. What is held, a decision leaves as it is.")
    held = (RuleCount("wave", "for a later wave", 2),)
    waits = _first(held=held, changes=(ChangeCount("membership", "+", "hold", 2),))
    assert waits.startswith("READY WITH DECISIONS (nothing to decide, 2 held")
    assert waits.endswith("Nothing can be applied before that is settled; all else is held.")


@pytest.mark.parametrize(
    "report",
    [a_report(), an_empty_report(), a_report(refusals=(REFUSAL, REFUSAL))],
    ids=["busy", "empty", "refused"],
)
def test_fits_a_terminal(report):
    lines = text.render(report).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 57
    assert not [line for line in lines if line != line.rstrip()]


def test_no_reason_is_cut():
    said = " ".join(text.render(a_report()).split())
    for held in sorted(HELD, key=lambda rule: (-rule.count, rule.rule))[:2]:
        assert held.why in said
    for code in ("login_without_email", "orphan_contact", "owner_elsewhere_other_name"):
        assert f"): {CATALOGUE[code].sentence}" in said
    assert "..." not in said


def test_says_the_sentences_of_the_report():
    report = a_report(refusals=(REFUSAL,))
    said = " ".join(text.render(report).split())
    for sentence in report.sentences:
        assert sentence in said


def test_the_counts_are_an_equation_that_holds():
    said = text.render(a_report())
    terms = "401 logins + 6 owners + 771 kept + 14 held + 4 blocked + 8 excluded"
    assert f"1,204 contacts = {terms}" in " ".join(said.split())
    assert sum(COUNTS.dispositions.values()) == 1204
    assert "ERROR" not in said


def test_counts_that_do_not_add_up_are_an_error():
    said = text.render(a_report(counts=msgspec.structs.replace(COUNTS, contacts=1205)))
    assert "1,205 contacts, but 401 logins" in said
    assert "= 1,204" in " ".join(said.split())
    assert "ERROR: The counts do not add up: 1,205 legacy contacts in, 1,204 accounted for." in said
    assert "syncd apply" not in said


def test_a_disposition_nobody_knows_is_shown():
    odd = msgspec.structs.replace(COUNTS, dispositions={**COUNTS.dispositions, "lost": 1})
    assert "8 excluded + 1 lost = 1,205" in " ".join(text.render(a_report(counts=odd)).split())


def test_names_who_loses_and_where_the_rest_is():
    said = text.render(a_report())
    assert "Nobody gains a right." in said
    assert "loses  ops@northwind.example on Northwind Traders (legacy/41): affiliates" in said
    assert "and 22 more in access.csv" in said


def test_who_gains_stands_before_who_loses():
    gains = msgspec.structs.replace(
        ACCESS[1], email="late@dev.example", state="wider", after=("orders", *ACCESS[1].before)
    )
    said = text.render(
        a_report(access_sample=(*ACCESS, gains), logins={**FACTS.logins, "wider": 1})
    )
    assert said.startswith("NOT READY")
    assert "Nobody gains" not in said
    assert said.index("gains  late@dev.example") < said.index("loses  jane@dev.example")
    assert "(legacy/41): orders" in said


def test_one_who_waits_is_given_the_reason_in_words():
    said = text.render(a_report(access_sample=ACCESS[-4:]))
    line = said[said.index("waits  accounts@blueyonder.example") :].partition(" waits ")[0]
    assert " ".join(line.split()).startswith(
        "waits accounts@blueyonder.example on Blue Yonder Airlines (brandb/3): "
        "A sub-account has the address of another account's owner, but another name."
    )
    assert "review:owner_elsewhere" not in said.partition("Held")[0]


def test_held_changes_are_grouped_by_rule_and_questions_named_once():
    held = text.render(a_report()).partition("\nHeld")[2]
    assert "9 changes by parent: depends on account:legacy/730" in held
    assert "5 changes by review: a question is open, see Open" in held
    assert "and 3 more changes by 2 other rules in changes.csv" in held


def test_blocks_come_before_reviews():
    said = text.render(a_report()).partition("\nOpen")[2]
    assert said.index("login_without_email (block)") < said.index("owner_elsewhere_other_name")
    assert "and 12 more of 6 other kinds (questions.csv, findings.csv)" in said


def test_people_are_counted_by_tier_and_label():
    said = text.render(a_report()).partition("\nPeople")[2].partition("\nHeld")[0]
    assert [" ".join(line.split()) for line in said.splitlines() if line] == [
        "131 logins with critical permissions: profile 90, manageproducts 121",
        "160 logins with high permissions: emails 93, orders 140",
        "high_risk.csv names each, for example web@agency.example (legacy/90): change the",
        "passwords of services and control panels",
        "by label, owners too: 211 billing, 44 custom, 88 full, 30 support, 46 technical",
        "23 people must choose an account at login, 21 for the first time (account_chooser.csv)",
    ]
    assert "nobody holds a critical or high permission" in text.render(an_empty_report())


def test_nothing_to_do_is_said_as_that():
    said = text.render(an_empty_report())
    assert "none would be sent" in said
    assert "There is nothing to apply." in said


def test_next_steps_never_offer_to_apply_a_refused_plan():
    assert "syncd apply" in text.render(a_report())
    refused = text.render(a_report(refusals=(REFUSAL,)))
    assert "syncd apply" not in refused
    assert "--allow" in refused


def test_data_cannot_command_the_terminal():
    hostile = msgspec.structs.replace(
        ACCESS[0], account_name=HOSTILE, email=HOSTILE, why=HOSTILE, state="waits"
    )
    said = text.render(a_report(access_sample=(hostile,)))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\r" not in said
    assert r"\u202e<script>" in said


def test_what_is_odd_about_the_target_stands_under_it():
    header = msgspec.structs.replace(
        HEADER, target_remarks=("PHP prints beside its replies: Notice",)
    )
    lines = text.render(a_report(header=header))

    assert "\n           PHP prints beside its replies: Notice\n" in lines


def test_is_deterministic():
    shuffled = dict(reversed(COUNTS.dispositions.items()))
    again = a_report(counts=msgspec.structs.replace(COUNTS, dispositions=shuffled))
    assert text.render(a_report()) == text.render(again)


def test_next_steps_say_that_applying_need_not_wait_for_the_answers():
    steps = " ".join(text.render(a_report()).partition("\nNext")[2].split())
    assert "then plan again: syncd plan" in steps
    assert "Or leave what is open for a later plan: read who gets mail (mails.csv), then" in steps
    assert "Or leave" not in text.render(an_empty_report())
