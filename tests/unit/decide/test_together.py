"""Rules that look at all changes at once, and what is asked: whom they hold, and whom not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from filled import add, add_finding, add_state

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.decide.entries import note_unused_entries
from syncd.decide.fuses import Clocks
from syncd.decide.guard import GuardRules
from syncd.decide.questions import open_questions
from syncd.decide.tally import most_removals, tally_of
from syncd.decide.together import hold_beyond, hold_last_domain_recipients, hold_silent_beyond
from syncd.decide.waves import Room
from syncd.journal.journal import Journal
from syncd.match.installation import Comparison
from syncd.model.keys import account_key, membership_key, user_key
from syncd.model.policy import People, Policy, Staff, Waves
from syncd.model.resources import account_ref
from syncd.workspace.workspace import Workspace

READ_FLAGS = flag_reader(load_mapping("whmcs-7"))  # judging a wave reads none
ACME, BOLT = account_ref("legacy", 17), account_ref("legacy", 18)
JANE, KIM = "jane@dev.example", "kim@dev.example"
LOGIN = membership_key(ACME, JANE)
FIRST, SECOND, THIRD = "contact:legacy/1", "contact:legacy/2", "contact:legacy/3"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def judged(workspace: Workspace, key: str, **more: Any) -> None:
    kind = key.partition(":")[0]
    fields = {"kind": kind, "account": ACME, "email": JANE, "verdict": "apply", "verb": "~"}
    add(workspace, "judged", key=key, **fields | {"rule": "", "reason": "drift"} | more)


# --- the last recipient of domain mail --------------------------------------------------------


def body(*mail: str, email: str = JANE) -> str:
    return msgspec.json.encode({"email": email, "preferences": mail}).decode()


def drops(workspace: Workspace, key: str = FIRST, **more: Any) -> None:
    """Say that a contact would no longer get domain mail."""
    judged(workspace, key, **{"before": body("domain"), "after": body("invoice")} | more)


def held(workspace: Workspace) -> list[str]:
    hold_last_domain_recipients(workspace)
    return [key for (key,) in workspace.stream("SELECT key FROM overruled ORDER BY key")]


@pytest.fixture
def acme(workspace: Workspace) -> Workspace:
    """Give a workspace with a client that gets no domain mail itself."""
    add(workspace, "clients", source="legacy", client_id=17, mail=["invoice"])
    return workspace


def test_the_last_who_gets_domain_mail_keeps_it(acme: Workspace) -> None:
    drops(acme)

    assert held(acme) == [FIRST]


@pytest.mark.parametrize(
    ("more", "keys"),
    [
        ({"verdict": "hold", "rule": "unsupported"}, [FIRST]),  # it is left to a person's hand
        ({"verdict": "hold", "rule": "mode"}, []),
        ({"before": body("invoice")}, []),
        ({"before": body("domain", email="")}, []),
        ({"after": body("domain")}, []),
        ({"after": body("domain"), "verdict": "hold", "rule": "unsupported"}, []),
        ({"after": None}, [FIRST]),
    ],
)
def test_who_does_not_lose_it_is_not_held(
    acme: Workspace, more: dict[str, Any], keys: list[str]
) -> None:
    drops(acme, **more)

    assert held(acme) == keys


def test_only_contacts_lose_it(acme: Workspace) -> None:
    drops(acme, LOGIN)

    assert held(acme) == []


def test_where_the_client_gets_it_anybody_may_lose_it(workspace: Workspace) -> None:
    add(workspace, "clients", source="legacy", client_id=17, mail=["domain"])
    drops(workspace)

    assert held(workspace) == []


@pytest.mark.parametrize(
    ("key", "more", "keys"),
    [
        (SECOND, {}, []),
        (SECOND, {"verdict": "hold"}, [FIRST]),
        (SECOND, {"after": body("invoice")}, [FIRST]),
        (SECOND, {"account": BOLT}, [FIRST]),
        (LOGIN, {}, [FIRST]),
    ],
)
def test_another_contact_that_is_to_get_it_is_enough(
    acme: Workspace, key: str, more: dict[str, Any], keys: list[str]
) -> None:
    drops(acme)
    judged(acme, key, **{"before": body("invoice"), "after": body("domain")} | more)

    assert held(acme) == keys


@pytest.mark.parametrize(
    ("key", "mail", "goes_on"),
    [(SECOND, ["domain"], True), (SECOND, ["invoice"], False), (LOGIN, ["domain"], False)],
)
def test_another_contact_that_gets_it_is_enough(
    acme: Workspace, key: str, mail: list[str], *, goes_on: bool
) -> None:
    drops(acme)
    place = {"account": ACME, "invite": False}
    add_state(acme, "seen", key, {"email": KIM, "preferences": mail}, **place)

    assert held(acme) == ([] if goes_on else [FIRST])


@pytest.mark.parametrize(("verdict", "rule"), [("apply", ""), ("hold", "unsupported")])
def test_a_contact_that_is_to_lose_it_as_well_does_not_go_on(
    acme: Workspace, verdict: str, rule: str
) -> None:
    for key in (FIRST, SECOND):
        drops(acme, key, verdict=verdict, rule=rule)
        state = {"email": JANE, "preferences": ["domain"]}
        add_state(acme, "seen", key, state, account=ACME, invite=False)

    assert held(acme) == [FIRST, SECOND]


def test_a_contact_that_would_change_but_is_held_goes_on_as_it_is(acme: Workspace) -> None:
    drops(acme)
    drops(acme, SECOND, verdict="hold", rule="mode")
    state = {"email": KIM, "preferences": ["domain"]}
    add_state(acme, "seen", SECOND, state, account=ACME, invite=False)

    assert held(acme) == []


def test_a_contact_that_loses_its_address_does_not_go_on(acme: Workspace) -> None:
    drops(acme)
    state = {"email": KIM, "preferences": ["domain"]}
    add_state(acme, "seen", SECOND, state, account=ACME, invite=False)
    judged(acme, SECOND, before=body("domain", email=""), after=body("domain", email=""))

    assert held(acme) == [FIRST]


# --- waves ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "more"),
    [
        (membership_key(BOLT, KIM), {"verb": "~"}),
        (membership_key(BOLT, KIM), {"verdict": "hold"}),
        (THIRD, {}),
    ],
)
def test_a_wave_counts_invitations_that_would_go_and_nothing_else(
    workspace: Workspace, key: str, more: dict[str, str]
) -> None:
    judged(workspace, key, **{"verb": "+", "email": "a@first.example"} | more)
    for ref in (ACME, BOLT):
        judged(workspace, membership_key(ref, JANE), verb="+")

    hold_beyond(workspace, Room(2, "later"), waves_of(2))

    assert list(workspace.stream("SELECT key FROM overruled")) == []


def waves_of(per_run: int, **done: str) -> GuardRules:
    return GuardRules(READ_FLAGS, waves=Waves(per_run=per_run), invited=done)


def test_who_was_invited_before_under_the_plan_keeps_the_place(workspace: Workspace) -> None:
    """Jane has two invitations, and no room for both beside what was sent before."""
    for number in (1, 2):
        judged(workspace, membership_key(account_ref("legacy", number), JANE), verb="+")
    ann = "ann@first.example"

    hold_beyond(workspace, Room(2, "later"), waves_of(2, **{membership_key(ACME, ann): ann}))

    assert workspace.scalar("SELECT count(*) FROM overruled") == 2


def test_a_silent_wave_holds_by_the_plan_alone(workspace: Workspace) -> None:
    """Whoever noted how these two are attached, and wherever: no more than one is."""
    for email in (JANE, KIM):
        judged(workspace, membership_key(ACME, email), verb="+", email=email, attach="{}")

    hold_silent_beyond(workspace, GuardRules(READ_FLAGS, waves=Waves(silent_per_run=1)))

    assert list(workspace.stream("SELECT key FROM overruled")) == [(membership_key(ACME, KIM),)]


def test_who_was_invited_in_part_gets_the_rest(workspace: Workspace) -> None:
    for number in (2, 3):
        judged(workspace, membership_key(account_ref("legacy", number), JANE), verb="+")
    judged(workspace, membership_key(ACME, KIM), verb="+", email=KIM)
    first = membership_key(account_ref("legacy", 1), JANE)

    hold_beyond(workspace, Room(3, "later"), waves_of(3, **{first: JANE}))

    assert list(workspace.stream("SELECT key FROM overruled")) == [(membership_key(ACME, KIM),)]


def test_what_is_to_be_done_again_has_one_place(workspace: Workspace) -> None:
    for number in (1, 2):
        judged(workspace, membership_key(account_ref("legacy", number), JANE), verb="+")
    again = membership_key(account_ref("legacy", 1), JANE)

    hold_beyond(workspace, Room(2, "later"), waves_of(2, **{again: JANE}))

    assert workspace.scalar("SELECT count(*) FROM overruled") == 0


@pytest.mark.parametrize(
    ("most", "firsts", "size"),
    [
        (1, 0, 2),  # a later wave has room for both
        (2, 1, 3),  # no wave has room for all, but this one is not theirs alone
    ],
)
def test_who_does_not_fit_in_whole_waits_in_whole(
    workspace: Workspace, most: int, firsts: int, size: int
) -> None:
    for number in range(firsts):
        email = f"a{number}@first.example"
        judged(workspace, membership_key(ACME, email), verb="+", email=email)
    for number in range(size):
        judged(workspace, membership_key(account_ref("legacy", number), JANE), verb="+")

    hold_beyond(workspace, Room(most, "later"), waves_of(2))

    assert workspace.scalar("SELECT count(*) FROM overruled") == size


# --- the tally --------------------------------------------------------------------------------


def test_what_is_counted_is_of_one_verb_and_applied_and_on_an_account(
    workspace: Workspace,
) -> None:
    judged(workspace, LOGIN, verb="-")
    for number, more in enumerate(({"verb": "~"}, {"verdict": "hold"}, {"account": ""}), start=1):
        for half in ("a", "b"):
            key = f"contact:legacy/{number}{half}"
            judged(workspace, key, **{"verb": "-", "account": BOLT} | more)

    assert most_removals(workspace) == 1


def test_the_fuses_look_at_what_would_be_applied(workspace: Workspace, tmp_path: Path) -> None:
    judged(workspace, LOGIN, verb="-")
    for verb in ("-", "~"):
        judged(workspace, membership_key(BOLT, f"{verb}@x.example"), verb=verb, verdict="hold")
    with Journal.open(tmp_path / "journal.sqlite", "shop") as journal:
        tally = tally_of(
            workspace, journal, disposed=0, unknown_permissions=frozenset(), unpromised_mails=0,
            older_sources=(), installation=Comparison(), clocks=Clocks(),
        )  # fmt: skip

    assert (tally.removals, tally.updates) == (1, 0)


# --- what is asked ----------------------------------------------------------------------------


def asked(workspace: Workspace) -> list[tuple[str, str, list[str]]]:
    return [(question.on, question.scope, question.held) for question in open_questions(workspace)]


def test_only_reviews_that_nobody_answered_are_asked(workspace: Workspace) -> None:
    add_finding(workspace, "owner_changed", account_key(ACME))
    add_finding(workspace, "owner_changed", account_key(BOLT), answer="apply")
    add_finding(workspace, "member_added", LOGIN)

    assert asked(workspace) == [("owner_changed", account_key(ACME), [])]


def test_a_question_on_a_person_names_the_memberships_that_it_holds(workspace: Workspace) -> None:
    add_finding(workspace, "look_alikes", user_key(JANE))
    for key, more in (
        (LOGIN, {}),
        (FIRST, {}),
        (membership_key(ACME, KIM), {"email": KIM}),
        (membership_key(BOLT, JANE), {"verdict": "apply"}),
    ):
        judged(workspace, key, **{"verdict": "hold", "verb": "+"} | more)

    assert asked(workspace) == [("look_alikes", user_key(JANE), [f"+ {LOGIN}"])]


def test_of_changes_only_those_are_asked_about_whose_reason_holds_them(
    workspace: Workspace,
) -> None:
    judged(workspace, LOGIN, verdict="hold", rule="reason:drift")
    judged(workspace, FIRST, verdict="hold", rule="mode")
    judged(workspace, SECOND, verdict="apply", rule="reason:drift")

    assert [(on, scope) for on, scope, _ in asked(workspace)] == [("drift", LOGIN)]


# --- entries of the config --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "entry", "is_unused"),
    [
        (JANE, "dev.example", False),
        (JANE, "example", False),
        (JANE, "ev.example", True),
        ("host.dev.example", "dev.example", True),  # no address
    ],
)
def test_a_domain_is_that_of_an_address(
    workspace: Workspace, name: str, entry: str, *, is_unused: bool
) -> None:
    add(workspace, "clients", source="legacy", client_id=17, identity=name)
    staff = msgspec.structs.replace(Staff(), domains=frozenset({entry}))

    note_unused_entries(workspace, Policy(), People(), staff, frozenset(), frozenset())

    details = [detail for (detail,) in workspace.stream("SELECT detail FROM findings")]
    assert details == ([f"staff.domains: {entry}"] if is_unused else [])
