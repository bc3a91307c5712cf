"""What a plan came to: changes in the order of apply, what the journal learns, and counts."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import matched
import msgspec
import pytest
from people import read_all

from syncd.apply import learn
from syncd.decide import tally
from syncd.model.change import Change, Reason, Verb
from syncd.model.finding import CATALOGUE, Finding
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.resources import (
    Account,
    Contact,
    Membership,
    Preference,
    Resource,
    User,
    account_ref,
)
from syncd.model.verdict import APPLY, Verdict, Word
from syncd.ports import Observed
from syncd.report import access, counts, findings, plan
from syncd.report.facts import Access, ChangeCount, ChangeLine, RuleCount
from syncd.report.tables import FINDINGS
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

ARCHER = account_ref("legacy", 17)
HOLD = Verdict(Word.HOLD, "review:many_names", "Find out.")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def member(name: str, *keys: str, client_id: int = 17) -> Membership:
    return Membership(account_ref("legacy", client_id), f"{name}@archer.example", keys)


def contact(number: int, *preferences: Preference) -> Contact:
    return Contact(ARCHER, f"legacy/{number}", "dana@archer.example", preferences)


def new(resource: Resource) -> Change:
    return Change(Verb.ADD, Reason.NEW, None, resource)


def update(before: Resource, after: Resource) -> Change:
    return Change(Verb.UPDATE, Reason.CHANGED, before, after)


def removal(resource: Resource) -> Change:
    return Change(Verb.REMOVE, Reason.REVOKED, resource, None)


def stage(workspace: Workspace, *changes: Change, verdict: Verdict = APPLY) -> None:
    results.stage_verdicts(workspace, [(change, verdict) for change in changes])


def keys(workspace: Workspace, word: Word | None = None) -> list[str]:
    judged = results.changes(workspace)
    return [change.key for change, verdict in judged if word in (None, verdict.word)]


# --- the order of apply ---------------------------------------------------------------------


# A few changes are ordered at once, more phase by phase.
@pytest.mark.parametrize("accounts", [0, 5000])
def test_access_that_should_be_gone_goes_first_and_grants_come_last(
    workspace: Workspace, accounts: int
) -> None:
    with workspace.sink("ownerships") as sink:
        for number in range(accounts):
            sink.add((f"shop/{number}", ""))
    stage(
        workspace,
        new(member("erin", "quotes")),
        update(member("finn", "quotes"), member("finn", "quotes", "emails")),
        update(contact(3, "invoice", "domain"), contact(3, "invoice")),
        new(contact(2, "domain")),
        update(contact(1), contact(1, "domain")),
        new(Account(ARCHER, "alma@archer.example")),
        new(User("alma@archer.example")),
        update(member("gita", "quotes", "emails"), member("gita", "quotes")),
        removal(member("dana", "quotes")),
    )
    assert keys(workspace) == [
        "membership:legacy/17:dana@archer.example",
        "membership:legacy/17:gita@archer.example",
        "user:alma@archer.example",
        "account:legacy/17",
        "contact:legacy/1",
        "contact:legacy/2",
        "contact:legacy/3",
        "membership:legacy/17:erin@archer.example",
        "membership:legacy/17:finn@archer.example",
    ]


def test_inside_a_phase_changes_go_by_the_bytes_of_their_keys(workspace: Workspace) -> None:
    names = ["zoe", "åsa", "a.b", "a_b", "a-b", "\U0001f600", "\ufb01n"]
    stage(workspace, *(new(member(name, "quotes")) for name in names))
    found = keys(workspace)
    assert found == sorted(found, key=lambda key: key.encode())


def test_changes_come_back_as_they_were_judged(workspace: Workspace) -> None:
    change = update(member("dana", "quotes", "emails"), member("dana", "quotes"))
    stage(workspace, change, verdict=HOLD)
    assert list(results.changes(workspace)) == [(change, HOLD)]
    words = ("~", "membership", change.key, "changed", "hold", "review:many_names", "Find out.")
    (lines,) = plan.lines(workspace)
    line = plan.PlanLine(Verb.UPDATE, *words[1:], change.before, change.after)
    assert lines.plan == (msgspec.json.encode(line).decode() + "\n",)
    assert lines.table == (",".join(("update", *words[1:])) + "\r\n",)
    assert counts.held_sample(workspace) == (ChangeLine(*words),)


def test_verbs_are_words_in_the_table(workspace: Workspace) -> None:
    dana, jo, kim = (member(name, "quotes") for name in ("dana", "jo", "kim"))
    wider = member("jo", "quotes", "emails")
    stage(workspace, new(dana), update(jo, wider), removal(kim))
    rows = [row for some in plan.lines(workspace) for row in csv.reader(some.table)]
    assert {verb: key for verb, _, key, *_ in rows} == {
        "add": dana.key, "update": jo.key, "remove": kim.key,
    }  # fmt: skip


def test_what_is_applied_is_in_no_sample_of_what_is_held(workspace: Workspace) -> None:
    stage(workspace, new(contact(1)))
    assert counts.held_sample(workspace) == ()


# --- what the journal learns ----------------------------------------------------------------


def match(
    workspace: Workspace,
    desired: Iterable[Resource] = (),
    observed: Iterable[Resource] = (),
    applied: Iterable[Resource] = (),
) -> None:
    workspace.stage_converted([(list(desired), [])])
    workspace.stage_observed(Observed(one, "1") for one in observed)
    written = [(one.key, one, "") for one in applied]
    workspace.stage_journal(written, [], [])
    matched.match(workspace)


def test_what_the_target_holds_as_desired_is_adopted_once(workspace: Workspace) -> None:
    ann, bob, cat = (User(f"{name}@archer.example") for name in ("ann", "bob", "cat"))
    match(workspace, desired=[ann, bob, cat], observed=[ann, bob], applied=[bob])
    assert [key for key, _ in learn.adopted(workspace)] == [ann.key]


def test_what_we_wrote_otherwise_and_is_now_as_desired_is_adopted(workspace: Workspace) -> None:
    match(
        workspace,
        desired=[member("dana", "quotes")],
        observed=[member("dana", "quotes")],
        applied=[member("dana", "quotes", "emails")],
    )
    assert [key for key, _ in learn.adopted(workspace)] == [member("dana").key]


def test_what_is_neither_wanted_nor_there_is_forgotten(workspace: Workspace) -> None:
    ann, bob, cat = (User(f"{name}@archer.example") for name in ("ann", "bob", "cat"))
    match(workspace, desired=[ann], observed=[bob], applied=[ann, bob, cat])
    assert list(learn.forgotten(workspace)) == [cat.key]


def test_what_was_observed_can_be_named_by_its_id(workspace: Workspace) -> None:
    match(workspace, observed=[User("ann@archer.example")])
    assert learn.observed_id(workspace, "user:ann@archer.example") == "1"
    assert learn.observed_id(workspace, "user:bob@archer.example") is None


# --- counts ---------------------------------------------------------------------------------


def test_the_account_with_most_removals_is_counted(workspace: Workspace) -> None:
    assert tally.most_removals(workspace) == 0
    stage(workspace, removal(member("a", "quotes")))
    stage(workspace, *(removal(member(name, "quotes", client_id=18)) for name in "ab"))
    stage(workspace, *(removal(member(name, "quotes", client_id=19)) for name in "ab"))
    stage(workspace, removal(member("b", "quotes")), verdict=HOLD)
    assert tally.most_removals(workspace) == 2


def test_holds_and_changes_are_counted_by_rule_and_kind(workspace: Workspace) -> None:
    stage(workspace, new(member("a", "quotes")), new(contact(1)))
    stage(workspace, new(contact(2)), new(contact(3)), verdict=HOLD)
    stage(workspace, new(member("b", "quotes")), verdict=Verdict(Word.HOLD, "mode", "See."))
    assert counts.held(workspace) == (
        RuleCount("review:many_names", "Find out.", 2),
        RuleCount("mode", "See.", 1),
    )
    assert counts.changes(workspace) == (
        ChangeCount("contact", "+", "apply", 1),
        ChangeCount("contact", "+", "hold", 2),
        ChangeCount("membership", "+", "apply", 1),
        ChangeCount("membership", "+", "hold", 1),
    )


def test_findings_come_worst_first(workspace: Workspace) -> None:
    scope = "contact:legacy/1"
    codes = ["role_mailbox", "unknown_flag", "orphan_contact", "many_names", "unknown_flag"]
    workspace.stage_findings(Finding(code, scope) for code in codes)
    groups = [(group.code, group.count) for group in counts.findings_by_code(workspace)]
    assert groups == [
        ("orphan_contact", 1),
        ("many_names", 1),
        ("unknown_flag", 2),
        ("role_mailbox", 1),
    ]
    (lines,) = findings.lines(workspace)
    assert [json.loads(line)["code"] for line in lines.json][:2] == ["orphan_contact", "many_names"]
    row = dict(zip(FINDINGS.columns, next(csv.reader(lines.table)), strict=True))
    known = CATALOGUE["orphan_contact"]
    assert (row["severity"], row["case"]) == (known.severity, known.case)
    assert (row["sentence"], row["advice"]) == (known.sentence, known.advice)


# --- logins ---------------------------------------------------------------------------------


def logins(workspace: Workspace, *rows: LegacyClient | LegacyContact) -> list[Access]:
    workspace.stage_legacy(read_all(rows))
    match(workspace)
    access.weigh(workspace, " ".join)
    return list(access.accesses(workspace))


def login(number: int, email: str | None, flags: str = "quotes", on: str = "1") -> LegacyContact:
    return LegacyContact("legacy", number, 17, email=email, subaccount=on, permissions=flags)


OWNER = LegacyClient("legacy", 17, "Alma", "Archer", "Archer Ltd", "alma@archer.example")


def test_the_rows_of_one_login_come_together(workspace: Workspace) -> None:
    dana = "dana@archer.example"
    found = logins(workspace, OWNER, login(12, dana, "emails"), login(11, dana, "quotes", "on"))
    assert [(one.email, one.account, one.account_name) for one in found] == [
        (dana, "legacy/17", "Archer Ltd")
    ]
    assert found[0].before == ("quotes", "emails")
    assert found[0].state != "owner"


def test_who_does_not_log_in_is_no_login(workspace: Workspace) -> None:
    dana = "dana@archer.example"
    rows = [login(number, dana, on=on) for number, on in enumerate(["", "0", " 0 ", "off", "?"])]
    assert not logins(workspace, OWNER, *rows)


def test_the_owners_own_login_is_kept_apart(workspace: Workspace) -> None:
    (found,) = logins(workspace, OWNER, login(11, "ALMA@archer.example"))
    assert found.state == "owner"


def test_a_login_without_an_address_has_none_and_is_not_the_owners(workspace: Workspace) -> None:
    nobody = LegacyClient("legacy", 17, "Alma", "Archer", "Archer Ltd", None)
    found = logins(workspace, nobody, login(17, None), login(18, None, "emails"))
    assert [(one.email, one.state, one.before) for one in found] == [
        ("", "excluded", ("quotes",)),
        ("", "excluded", ("emails",)),
    ]
