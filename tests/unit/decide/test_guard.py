"""The guard: each rule alone, who speaks first, every fuse just under, at and over its limit."""

from datetime import UTC, datetime
from typing import Any

import pytest
from altered import changed

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.decide.fuses import LIFTABLE, Clocks, Tally, judge_plan, lift
from syncd.decide.guard import Circumstances, GuardRules, judge
from syncd.model.age import Older
from syncd.model.change import CAUTIOUS, Change, Reason, Verb
from syncd.model.finding import CATALOGUE, Severity
from syncd.model.policy import Accounts, Fuses, Policy
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Observable,
    Resource,
    User,
)
from syncd.model.verdict import APPLY, Refusal, Word

ACME = AccountRef("legacy/17")
JANE, OLGA = "jane@dev.example", "olga@acme.example"
FEW, MORE = (Membership(ACME, JANE, keys) for keys in (("invoices",), ("invoices", "tickets")))
ACCOUNT, USER = Account(ACME, OLGA), User(JANE)
CONTACT = Contact(ACME, "legacy/9", JANE, ("invoice",))
INVITE = Invite(ACME, JANE, ("invoices",), datetime(2026, 3, 1, tzinfo=UTC), fresh=True)

READ_FLAGS = flag_reader(load_mapping("whmcs-7"))  # judging a change reads none
ALL_SUPPORTED = frozenset(
    (kind, verb) for kind in ("user", "account", "membership", "contact") for verb in Verb
)
OPEN = GuardRules(
    READ_FLAGS,
    Policy(mode="sync", apply_reasons=frozenset(Reason)),
    Accounts(create_missing=True),
    supports=ALL_SUPPORTED,
)
ENTITLED = Circumstances(entitled=("invoices", "tickets"))


def change(
    before: Observable | None, after: Resource | None, reason: Reason = Reason.CHANGED
) -> Change:
    verb = Verb.REMOVE if after is None else Verb.ADD if before is None else Verb.UPDATE
    return Change(verb, reason, before, after)


def but(value: Any = OPEN, **fields: Any) -> Any:
    return changed(value, **fields)


ADD, UPDATE, REMOVE = change(None, FEW, Reason.NEW), change(FEW, MORE), change(FEW, None)


# --- rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [ADD, UPDATE, REMOVE])
def test_what_no_rule_objects_to_applies(one: Change) -> None:
    assert judge(one, ENTITLED, OPEN) == APPLY


@pytest.mark.parametrize(
    ("mode", "applied"),
    [("create-only", "+"), ("no-removals", "+~"), ("sync", "+~-")],
)
def test_a_mode_holds_what_it_excludes(mode: str, applied: str) -> None:
    verdicts = {one.verb: judge(one, ENTITLED, but(mode=mode)) for one in (ADD, UPDATE, REMOVE)}

    assert {verb for verb, verdict in verdicts.items() if verdict == APPLY} == set(applied)
    assert {verdict.rule for verdict in verdicts.values()} <= {"", "mode"}


def test_by_default_nothing_is_removed_and_nothing_doubtful_applied() -> None:
    rules = GuardRules(READ_FLAGS, supports=ALL_SUPPORTED)

    applied = {
        reason
        for reason in Reason
        if judge(change(None, FEW, reason), ENTITLED, rules).word is Word.APPLY
    }
    assert applied == {Reason.NEW, Reason.CHANGED, Reason.REVOKED}
    assert judge(REMOVE, ENTITLED, rules).rule == "mode"


@pytest.mark.parametrize("reason", sorted(Reason))
def test_a_reason_the_config_does_not_apply_holds_and_says_why(reason: Reason) -> None:
    rules = but(apply_reasons=frozenset(Reason) - {reason})

    verdict = judge(change(FEW, MORE, reason), ENTITLED, rules)

    assert (verdict.word, verdict.rule) == (Word.HOLD, f"reason:{reason}")
    assert verdict.why


def test_the_cautious_reasons_are_those_of_a_target_that_somebody_else_touched() -> None:
    assert set(CAUTIOUS) == {
        "adopted", "drifted", "vanished", "invite_expired", "invite_unconfirmed", "invite_gone"
    }  # fmt: skip


@pytest.mark.parametrize("subject", [FEW, ACCOUNT, USER, CONTACT])
def test_what_the_target_cannot_do_is_held(subject: Resource) -> None:
    for one in (change(None, subject), change(subject, subject), change(subject, None)):
        rules = but(supports=ALL_SUPPORTED - {(one.kind, one.verb)})

        verdict = judge(one, ENTITLED, rules)

        assert verdict.rule == "unsupported"
        assert verdict.why


@pytest.mark.parametrize(
    ("one", "where"),
    [
        (change(USER, None), "Manage Users"),
        (change(ACCOUNT, None), "admin area"),
        (change(ACCOUNT, but(ACCOUNT, owner=JANE)), "Make Owner"),
        (change(CONTACT, None), "admin area"),
    ],
)
def test_what_no_call_can_do_names_the_place_to_do_it_by_hand(one: Change, where: str) -> None:
    assert where in judge(one, ENTITLED, but(supports=frozenset())).why


def test_an_invitation_cannot_be_withdrawn() -> None:
    verdict = judge(change(INVITE, None, Reason.REVOKED), ENTITLED, OPEN)

    assert verdict.rule == "invite-withdraw"
    assert "Users tab" in verdict.why
    able = but(supports=ALL_SUPPORTED | {("invite", Verb.REMOVE)})
    assert judge(change(INVITE, None, Reason.REVOKED), ENTITLED, able) == APPLY
    held = but(supports=able.supports, mode="no-removals")
    assert judge(change(INVITE, None, Reason.REVOKED), ENTITLED, held).rule == "mode"


def test_missing_accounts_are_made_only_where_the_config_says_so() -> None:
    rules = but(create_missing=False)

    assert judge(change(None, ACCOUNT), ENTITLED, rules).rule == "create-missing"
    assert judge(change(None, CONTACT), ENTITLED, rules) == APPLY
    assert judge(change(None, FEW), ENTITLED, rules) == APPLY


def test_no_call_makes_a_closed_account() -> None:
    closed = but(ACCOUNT, status="Closed")

    assert judge(change(None, closed), ENTITLED, OPEN).rule == "closed"
    assert judge(change(None, but(ACCOUNT, status="Inactive")), ENTITLED, OPEN) == APPLY


def test_an_address_another_account_has_is_not_taken_twice() -> None:
    around = but(ENTITLED, same_address="account:legacy/16")

    verdict = judge(change(None, ACCOUNT), around, OPEN)

    assert verdict.rule == "address-taken"
    assert "account:legacy/16" in verdict.why
    assert judge(change(None, CONTACT), around, OPEN) == APPLY


def test_a_user_is_not_made_for_nothing() -> None:
    around = but(ENTITLED, unneeded=True)

    assert judge(change(None, USER), around, OPEN).rule == "unneeded"
    assert judge(change(None, FEW), around, OPEN) == APPLY


@pytest.mark.parametrize(
    ("protected", "subject", "held"),
    [
        (JANE, FEW, True),
        (JANE, USER, True),
        (JANE, CONTACT, True),
        (OLGA, ACCOUNT, True),
        (ACME, FEW, True),
        (ACME, ACCOUNT, True),
        (ACME, CONTACT, True),
        (ACME, USER, False),
        ("legacy/1", FEW, False),
        ("ane@dev.example", FEW, False),
    ],
)
def test_the_protected_are_not_touched(
    protected: str,
    subject: Resource,
    held: bool,  # noqa: FBT001
) -> None:
    verdict = judge(change(None, subject), ENTITLED, but(protected=frozenset({protected})))

    assert verdict.rule == ("protected" if held else "")


def test_a_protected_person_keeps_even_an_invitation() -> None:
    one = Change(Verb.UPDATE, Reason.CHANGED, INVITE, FEW)

    assert judge(one, ENTITLED, but(protected=frozenset({JANE}))).word is Word.HOLD


@pytest.mark.parametrize("one", [ADD, UPDATE, change(MORE, FEW)])
def test_what_the_legacy_rows_did_not_all_give_is_held_even_if_convert_is_wrong(
    one: Change,
) -> None:
    verdict = judge(one, Circumstances(entitled=("tickets",)), OPEN)

    assert verdict.rule == "widen"
    assert "invoices" in verdict.why


def test_taking_away_needs_no_entitlement() -> None:
    assert judge(REMOVE, Circumstances(), OPEN) == APPLY


@pytest.mark.parametrize("one", [ADD, UPDATE, REMOVE])
def test_an_owner_is_never_invited_changed_or_removed(one: Change) -> None:
    around = but(ENTITLED, owner=JANE)

    assert judge(one, around, OPEN).rule == "owner"


def test_an_owner_is_known_by_the_whole_address() -> None:
    odd = Membership(ACME, 'x:"y"@dev.example', ("invoices",))

    assert judge(change(None, odd), but(ENTITLED, owner=odd.email), OPEN).rule == "owner"
    assert judge(change(None, FEW), but(ENTITLED, owner="e@dev.example"), OPEN) == APPLY


def test_a_contact_that_something_names_is_never_removed() -> None:
    around = Circumstances(referenced_by="order (2), ticket (1)")
    removal = change(CONTACT, None, Reason.REVOKED)

    for rules in (OPEN, GuardRules(READ_FLAGS)):
        verdict = judge(removal, around, rules)
        assert verdict.rule == "referenced"
        assert "order (2), ticket (1)" in verdict.why
    assert judge(removal, Circumstances(), OPEN) == APPLY
    assert judge(change(CONTACT, but(CONTACT, preferences=())), around, OPEN) == APPLY


def test_an_owners_contact_is_not_the_owner() -> None:
    assert judge(change(None, CONTACT), Circumstances(owner=JANE), OPEN) == APPLY


@pytest.mark.parametrize(
    "code", [code for code, known in CATALOGUE.items() if known.severity is not Severity.NOTE]
)
def test_an_open_finding_holds_its_scope_and_gives_its_advice(code: str) -> None:
    known = CATALOGUE[code]

    verdict = judge(ADD, but(ENTITLED, open_findings=(code,)), OPEN)

    rule = "blocked" if known.severity is Severity.BLOCK else "review"
    assert verdict.rule == f"{rule}:{code}"
    assert known.advice in verdict.why


def test_what_hangs_on_an_account_that_is_not_there_waits_for_it() -> None:
    verdict = judge(ADD, but(ENTITLED, held_parent="account:legacy/17"), OPEN)

    assert verdict.rule == "parent"
    assert "account:legacy/17" in verdict.why


def rules_in_turn(parts: dict[str, Any], ways_out: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Take away one objection after the other, and give the rule that speaks each time."""
    said = [judge(**parts).rule]
    for part, fields in ways_out:
        parts[part] = but(parts[part], **fields)
        said.append(judge(**parts).rule)
    return said


CLOSED_TO_ALL = GuardRules(
    READ_FLAGS,
    Policy(
        mode="create-only",
        apply_reasons=frozenset(),
        protected=frozenset({JANE, OLGA}),
        excluded=frozenset({JANE, ACME}),
        cutover="reinvite-by-owner",
    ),
)
IN_DOUBT = Circumstances(
    owner=JANE,
    open_findings=("owner_missing", "many_names"),
    held_parent="account:legacy/17",
    same_address="account:legacy/16",
    left_out=True,
)


def test_the_first_rule_to_object_to_a_membership_wins() -> None:
    said = rules_in_turn(
        {
            "change": Change(Verb.REMOVE, Reason.DRIFTED, INVITE, FEW),
            "circumstances": IN_DOUBT,
            "rules": CLOSED_TO_ALL,
        },
        [
            ("rules", {"protected": frozenset()}),
            ("rules", {"excluded": frozenset()}),
            ("rules", {"mode": "sync"}),
            ("rules", {"apply_reasons": frozenset(Reason)}),
            ("circumstances", {"left_out": False}),
            ("circumstances", {"entitled": ("invoices",)}),
            ("circumstances", {"owner": ""}),
            ("circumstances", {"open_findings": ("many_names",)}),
            ("circumstances", {"open_findings": ()}),
            ("change", {"before": FEW}),
            ("rules", {"supports": ALL_SUPPORTED}),
            ("circumstances", {"held_parent": ""}),
        ],
    )

    assert said == [
        "protected", "excluded", "mode", "reason:drifted", "left-out", "widen", "owner",
        "blocked:owner_missing", "review:many_names", "invite-withdraw", "unsupported", "parent",
        "",
    ]  # fmt: skip


def test_the_first_rule_to_object_to_an_account_wins() -> None:
    said = rules_in_turn(
        {
            "change": change(None, but(ACCOUNT, status="Closed"), Reason.VANISHED),
            "circumstances": but(IN_DOUBT, held_parent=""),
            "rules": CLOSED_TO_ALL,
        },
        [
            ("rules", {"protected": frozenset()}),
            ("rules", {"excluded": frozenset()}),
            ("rules", {"apply_reasons": frozenset(Reason)}),
            ("circumstances", {"open_findings": ()}),
            ("rules", {"supports": ALL_SUPPORTED}),
            ("rules", {"create_missing": True}),
            ("change", {"after": ACCOUNT}),
            ("circumstances", {"same_address": ""}),
        ],
    )

    assert said == [
        "protected", "excluded", "reason:vanished", "blocked:owner_missing",
        "unsupported", "create-missing", "closed", "address-taken", "",
    ]  # fmt: skip


# --- names and promises ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "excluded", "rule"),
    [
        (FEW, JANE, "excluded"),
        (FEW, ACME, "excluded"),
        (USER, JANE, "excluded"),
        (ACCOUNT, ACME, "excluded"),
        (ACCOUNT, OLGA, ""),
        (CONTACT, ACME, "excluded"),
        (CONTACT, JANE, ""),  # the contact of an excluded person stays, for the mail
    ],
)
def test_what_is_excluded_is_left_as_it_is(subject: Resource, excluded: str, rule: str) -> None:
    rules = but(excluded=frozenset({excluded}))

    for one in (change(None, subject), change(subject, None)):
        assert judge(one, ENTITLED, rules).rule == rule


@pytest.mark.parametrize("subject", [FEW, ACCOUNT, USER, CONTACT])
def test_where_owners_invite_only_invitations_are_left_to_them(subject: Resource) -> None:
    rules = but(cutover="reinvite-by-owner")

    rules = {one: judge(change(*one), ENTITLED, rules).rule for one in (
        (None, subject), (subject, subject), (subject, None)
    )}  # fmt: skip

    assert rules.pop((None, subject)) == ("cutover" if subject is FEW else "")
    assert set(rules.values()) == {""}


@pytest.mark.parametrize("cutover", ["invite", "silent"])
def test_any_other_promise_holds_no_membership(cutover: str) -> None:
    assert judge(ADD, ENTITLED, but(cutover=cutover)) == APPLY


# --- fuses ----------------------------------------------------------------------------------

QUIET = Tally(
    clients=50, contacts=100, disposed=100, last_contacts=100, expected=10, observed=10,
    managed=1000, removals=0, updates=0,
)  # fmt: skip


def tripped(tally: Tally, fuses: Fuses = Fuses()) -> list[str]:  # noqa: B008 (frozen)
    return [refusal.fuse for refusal in judge_plan(tally, fuses)]


def test_a_quiet_plan_trips_nothing() -> None:
    assert tripped(QUIET) == []


@pytest.mark.parametrize(
    ("fields", "fuses"),
    [
        ({"clients": 1}, []),
        ({"clients": 0}, ["source-empty"]),
        ({"contacts": 81, "disposed": 81}, []),
        ({"contacts": 80, "disposed": 80}, []),
        ({"contacts": 79, "disposed": 79}, ["source-shrunk"]),
        ({"contacts": 500, "disposed": 500}, []),
        ({"contacts": 0, "disposed": 0, "last_contacts": 0}, []),
        ({"disposed": 99}, ["counts"]),
        ({"disposed": 101}, ["counts"]),
        ({"observed": 1}, []),
        ({"observed": 0}, ["target-empty"]),
        ({"observed": 0, "expected": 0}, []),
        ({"unknown_permissions": ("zz",)}, ["permission-map"]),
        ({"removals": 1}, ["removals"]),
        ({"updates": 49}, []),
        ({"updates": 50}, []),
        ({"updates": 51}, ["updates"]),
        ({"updates": 20, "managed": 21}, []),
        ({"updates": 21, "managed": 21}, ["updates"]),
        ({"updates": 20, "managed": 0}, []),
        ({"updates": 20, "managed": 400}, []),
        ({"updates": 21, "managed": 420}, []),
    ],
)
def test_a_fuse_trips_over_its_limit_and_not_at_it(
    fields: dict[str, Any], fuses: list[str]
) -> None:
    assert tripped(but(QUIET, **fields)) == fuses


def test_limits_come_from_the_config() -> None:
    limits = Fuses(removals=10, removals_per_account=3)

    assert tripped(but(QUIET, removals=10, most_removals=4), limits) == []
    assert tripped(but(QUIET, removals=11, most_removals=3), limits) == ["removals"]


def test_exactly_the_agreed_share_of_the_source_is_enough_whatever_its_size() -> None:
    for last in range(5, 100_000, 95):
        least = last * 4 // 5
        enough = but(QUIET, last_contacts=last, contacts=least, disposed=least)
        short = but(enough, contacts=least - 1, disposed=least - 1)

        assert tripped(enough) == []
        assert tripped(short) == ["source-shrunk"]


@pytest.mark.parametrize(
    ("clocks", "fuses"),
    [
        (Clocks(), []),
        (Clocks(10, 10), []),
        (Clocks(-10), []),
        (Clocks(11), ["clock"]),
        (Clocks(-11), ["clock"]),
        (Clocks(last_run_to_come=11), ["clock"]),
    ],
)
def test_a_clock_that_is_wrong_trips(clocks: Clocks, fuses: list[str]) -> None:
    assert tripped(but(QUIET, clocks=clocks)) == fuses


def test_every_fuse_that_trips_is_reported() -> None:
    broken = Tally(
        clients=0, contacts=1, disposed=0, last_contacts=10, expected=5, observed=0, managed=5,
        removals=30, updates=30, most_removals=30,
        unknown_permissions=("yy", "zz"), unpromised_mails=2, older_sources=(Older("legacy", 3),),
    )  # fmt: skip

    refusals = judge_plan(broken, Fuses())

    assert [refusal.fuse for refusal in refusals] == [
        "source-empty", "source-shrunk", "source-old", "counts", "target-empty",
        "permission-map", "cutover", "removals", "updates",
    ]  # fmt: skip
    assert "yy, zz" in refusals[5].why
    # What there is, and what there may be: the report shows both.
    assert [(refusal.actual, refusal.limit) for refusal in refusals] == [
        (0, 1), (1, 8), (3, 0), (0, 1), (0, 5), (2, 0), (2, 0),
        (30, 0), (30, 20),
    ]  # fmt: skip


def test_a_refusal_names_the_very_words_that_lift_it() -> None:
    (refusal,) = judge_plan(but(QUIET, removals=12), Fuses())

    assert (refusal.actual, refusal.limit) == (12, 0)
    assert "--allow removals=12 --because" in refusal.why
    assert lift([refusal], {"removals": 12}) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Older("legacy", 3), "the source legacy is 3 days older than in the last good run"),
        (Older("legacy", 1, by_rows=True), "the newest row of the source legacy is 1 day older"),
    ],
)
def test_an_old_source_is_called_old_by_what_is_known_of_it(source: Older, words: str) -> None:
    (refusal,) = judge_plan(but(QUIET, older_sources=(source,)), Fuses())

    assert refusal.why.startswith(words)
    assert "rows were deleted" in refusal.why or not source.by_rows


def test_a_refusal_of_removals_names_the_limit_of_their_account_too() -> None:
    (refusal,) = judge_plan(but(QUIET, removals=2, most_removals=2), Fuses())

    assert "--allow removals=2 --allow removals-per-account=2 --because" in refusal.why


# --- lifting --------------------------------------------------------------------------------


def refusal(fuse: str, actual: float) -> Refusal:
    return Refusal(fuse, actual, 0, "because")


@pytest.mark.parametrize(
    ("fuse", "actual", "number", "lifted"),
    [
        ("removals", 12, 13, True),
        ("removals", 12, 12, True),
        ("removals", 12, 11, False),
        ("updates", 60, 60, True),
        ("updates", 61, 60, False),
        ("source-old", 3, 3, True),
        ("source-old", 4, 3, False),
        ("source-shrunk", 41, 40, True),
        ("source-shrunk", 40, 40, True),
        ("source-shrunk", 39, 40, False),
    ],
)
def test_a_number_lifts_up_to_itself_and_for_a_shrunken_source_down_to_itself(
    fuse: str,
    actual: int,
    number: int,
    lifted: bool,  # noqa: FBT001
) -> None:
    assert (lift([refusal(fuse, actual)], {fuse: number}) == []) is lifted


@pytest.mark.parametrize(
    "fuse", ["source-empty", "counts", "target-empty", "permission-map", "cutover"]
)
def test_what_means_that_something_is_broken_cannot_be_lifted(fuse: str) -> None:
    stays = [refusal(fuse, 1)]

    assert fuse not in LIFTABLE
    assert lift(stays, {fuse: 10**6}) == stays


def test_lifting_one_fuse_leaves_the_others() -> None:
    removals, updates = refusal("removals", 5), refusal("updates", 60)

    assert lift([removals, updates], {"removals": 5}) == [updates]
    assert lift([removals, updates], {}) == [removals, updates]
