"""What each row of the page unfolds to, whether or not its person has room in the matrix."""

from itertools import chain

import msgspec
import pytest
from altered import changed
from people import MAPPING, RULES, client, contact, sub
from rehearsal import settings_with
from report_fixture import FACTS

from syncd import run
from syncd.model.finding import Severity
from syncd.model.keys import contact_key
from syncd.model.policy import Fuses, Policy
from syncd.model.suppression import suppression
from syncd.report import access, html, matrix, redact, stored
from syncd.report.advising import Advice, AdviceFacts
from syncd.report.facts import Facts
from syncd.report.holding import Chooser
from syncd.report.stories import StoryBook, advised, key_of, keys_of, whom
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget

ROOM = 1  # logins that fit the matrix


def rows():
    clients = [
        client(1, "olga@acme.example", company="Acme", billing_contact="4", notes="call first"),
        client(2, "kim@quux.example", company="Quux", notes="likes tea"),
        client(3, "agency@dev.example", first_name="Jane", last_name="Doe"),
    ]
    contacts = [
        sub(1, 1, "agency@dev.example", "profile,orders"),
        sub(2, 2, "agency@dev.example", "manageproducts", invoice_emails="1"),
        sub(3, 2, "ben@dev.example", "invoices,notallowed"),
        contact(4, 1, "books@acme.example", first_name="Bo", invoice_emails="1"),
        sub(5, 1, "kim@quux.example", "orders", first_name="Somebody"),
    ]
    return clients, contacts


@pytest.fixture
def planned(tmp_path, monkeypatch):
    monkeypatch.setattr(access, "LOGINS", ROOM)
    monkeypatch.setattr(matrix, "LOGINS", ROOM)

    def plan(*, suppressed=frozenset()):
        settings = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})
        settings = changed(settings, protected=frozenset(), suppressed=suppressed)
        source = MemorySource("legacy", *rows())
        job = run.Job([source], MemoryTarget("shop"), settings, tmp_path / "state")
        return run.planned(job)

    return plan


def book(facts: Facts) -> StoryBook:
    return StoryBook(facts, ())


def of(rows, **fields):
    """Give the one row that has these values."""
    (row,) = (
        each for each in rows if all(getattr(each, name) == value for name, value in fields.items())
    )
    return row


def test_a_holder_outside_the_matrix_unfolds_to_access_flags_and_findings(planned):
    facts = planned().report.facts
    assert len(facts.matrix) <= ROOM
    holder = of(facts.people.holder_sample, account="legacy/2", permission="manageproducts")
    story = book(facts).story(holder)

    assert (story.access.state, story.access.before) == ("same", ("manageproducts",))
    (row,) = story.rows
    assert (row.contact_id, row.flags, row.mail) == ("legacy/2", "manageproducts", ("invoice",))
    assert "many_accounts" in {each.case.code for each in story.evidence}


def test_what_waits_unfolds_to_the_question_and_its_answers(planned):
    facts = planned().report.facts
    change = of(facts.held_sample, key="membership:legacy/2:ben@dev.example")
    story = book(facts).story(change)

    assert story.access.state == "waits"
    open_ = [each for each in story.evidence if each.severity is Severity.REVIEW]
    assert [each.case.code for each in open_] == ["unknown_flag"]
    assert set(open_[0].answers) == {"apply", "leave"}


def test_a_chooser_unfolds_to_all_rows_of_the_person_and_the_accounts_they_own(planned):
    facts = planned().report.facts
    chooser = of(facts.people.choosers.sample, email="agency@dev.example")
    story = book(facts).story(chooser)

    assert {(row.account_name, row.contact_id) for row in story.rows} == {
        ("Acme", "legacy/1"),
        ("Quux", "legacy/2"),
    }
    assert [line.account for line in story.clients] == ["legacy/3"]


def test_a_task_unfolds_to_its_contact_or_to_its_client(planned):
    facts = planned().report.facts
    tasks = facts.contacts.task_sample
    billing = book(facts).story(of(tasks, rule="billing"))
    (row,) = billing.rows
    assert (row.contact_id, row.login, row.mail) == ("legacy/4", False, ("invoice",))
    assert "billing_contact" in {each.case.code for each in billing.evidence}

    notes = book(facts).story(of(tasks, rule="account-notes", account="legacy/2"))
    (line,) = notes.clients
    assert (line.account_name, line.email) == ("Quux", "kim@quux.example")


def test_a_case_unfolds_to_its_rows_and_names_people_not_keys(tmp_path):
    clients, contacts = rows()
    contacts += [
        sub(6, 2, "", "orders", first_name="Nobody", last_name="Known"),
        sub(7, 2, "", "tickets", first_name="Somebody", last_name="Else"),
        sub(8, 99, "lost@dev.example", "invoices", first_name="Lost", last_name="Person"),
    ]
    settings = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})
    source = MemorySource("legacy", clients, contacts)
    facts = run.planned(run.Job([source], MemoryTarget("shop"), settings, tmp_path)).report.facts
    stories = book(facts)
    shown = {each: stories.story(each) for each in facts.cases}
    named = {whom(each, story): story for each, story in shown.items()}

    assert named["Nobody Known, contact legacy/6,"].rows[0].flags == "orders"
    assert [row.contact_id for row in named["Somebody Else, contact legacy/7,"].rows] == [
        "legacy/7"
    ]
    assert "Lost Person, contact legacy/8," in named
    assert not {name for name in named if ":" in name}
    assert all(story.rows or story.clients for each, story in shown.items() if each.account)


def test_advice_unfolds_to_the_rows_of_the_login_it_is_about(tmp_path):
    payer = sub(6, 1, "payer@dev.example", "invoices,orders")
    settings = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})
    source = MemorySource("legacy", rows()[0], [payer])
    facts = run.planned(run.Job([source], MemoryTarget("shop"), settings, tmp_path)).report.facts
    (spends,) = advised(facts)
    assert (spends.advice, spends.email) == ("orders_and_pays", "payer@dev.example")
    assert [row.contact_id for row in book(facts).story(spends).rows] == ["legacy/6"]


def test_of_each_kind_of_advice_a_few_are_shown():
    many = [Advice("legacy/1", "Acme", f"a{n}@dev.example", "holds_all", (), "") for n in range(30)]
    whole = Advice("legacy/2", "Quux", "", "everybody_all", (), "")
    numbers = {"holds_all": 30, "everybody_all": 1}
    facts = msgspec.structs.replace(FACTS, advice=AdviceFacts(numbers, (*many, whole)))
    assert list(advised(facts)) == [*many[:10], whole]
    assert key_of(whole) == "account:legacy/2"


def test_every_row_has_a_story_and_only_those_have(planned):
    facts = planned().report.facts
    logins = chain(facts.matrix, facts.stories.logins)
    known = {f"membership:{each.access.account}:{each.access.email}" for each in logins}
    others = {story.key for story in facts.stories.others}
    assert keys_of(facts) <= known | others
    assert not known & others
    assert others <= keys_of(facts)


def test_a_row_that_is_no_login_says_so_on_the_page(planned):
    result = planned()
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "contact legacy/4, <bdi>Bo Doe</bdi>, is no login and gets invoice mail" in page


def test_findings_of_a_row_are_bounded_and_the_rest_is_counted():
    case = FACTS.cases[0]
    many = tuple(msgspec.structs.replace(case, detail=str(number)) for number in range(9))
    login = next(each for each in FACTS.matrix if each.evidence)
    facts = msgspec.structs.replace(FACTS, matrix=(msgspec.structs.replace(login, evidence=many),))
    row = next(each for each in FACTS.held_sample if each.kind == "membership")
    row = msgspec.structs.replace(
        row, key=f"membership:{login.access.account}:{login.access.email}"
    )
    story = book(facts).story(row)
    assert (len(story.evidence), story.more) == (6, 3)


def test_what_nothing_is_known_of_is_said(planned):
    report = planned().report
    stranger = Chooser("nobody@else.example", 0, 2, 2, "legacy/1 legacy/2")
    assert book(report.facts).story(stranger).rows == ()
    people = msgspec.structs.replace(
        report.facts.people,
        choosers=msgspec.structs.replace(report.facts.people.choosers, sample=(stranger,)),
    )
    facts = msgspec.structs.replace(report.facts, people=people)
    page = html.render(msgspec.structs.replace(report, facts=facts))
    row = page.partition("nobody@else.example")[2].partition("</tr>")[0]
    assert "This plan knows no more of it." in row


def test_nobody_who_is_suppressed_is_named_in_a_story(planned):
    hidden = frozenset(map(suppression, ("kim@quux.example", "books@acme.example")))
    folder = planned(suppressed=hidden).folder
    for paper in ("report.json", "report.html"):
        text = (folder / paper).read_text(encoding="utf-8")
        assert "kim@quux.example" not in text
        assert "books@acme.example" not in text


def test_a_redacted_row_still_finds_its_story(planned, tmp_path):
    folder = planned().folder
    redact.write(folder, tmp_path / "redacted", redact.Pseudonyms(b"k" * redact.KEY_BYTES))
    facts = stored.report_in(tmp_path / "redacted").facts
    for row in (*facts.people.holder_sample, *facts.people.choosers.sample, *facts.mail_sample):
        assert book(facts).story(row).rows, key_of(row)
    assert contact_key("legacy/4") in keys_of(facts)
