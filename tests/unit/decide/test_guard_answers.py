"""The guard and people: what a decision lifts or settles, and what goes on being asked."""

from datetime import UTC, datetime
from typing import Any

import pytest
from altered import changed

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.decide.guard import Circumstances, GuardRules, judge, objections
from syncd.model import decision
from syncd.model.change import Change, Reason, Verb
from syncd.model.policy import Accounts, Policy
from syncd.model.resources import Account, AccountRef, Contact, Invite, Membership, Resource, User
from syncd.model.verdict import APPLY, Word

ACME = AccountRef("legacy/17")
JANE, OLGA = "jane@dev.example", "olga@acme.example"
JANE_ON_ACME = Membership(ACME, JANE, ("invoices",))
INVITE = Invite(ACME, JANE, ("invoices",), datetime(2026, 3, 1, tzinfo=UTC), fresh=True)
KINDS: list[Resource] = [
    JANE_ON_ACME, User(JANE), Account(ACME, OLGA), Contact(ACME, "legacy/9", JANE, ("invoice",)),
]  # fmt: skip
OPEN = GuardRules(
    flag_reader(load_mapping("whmcs-7")),
    Policy(mode="sync", apply_reasons=frozenset(Reason)),
    Accounts(create_missing=True),
    supports=frozenset(
        (kind, verb) for kind in ("user", "account", "membership", "contact") for verb in Verb
    ),
)
ASKING = changed(OPEN, apply_reasons=frozenset())


def adding(reason: Reason, after: Resource = JANE_ON_ACME) -> Change:
    return Change(Verb.ADD, reason, None, after)


def around(**fields: Any) -> Circumstances:
    return Circumstances(entitled=("invoices",), **fields)


# --- decisions on a change ------------------------------------------------------------------


@pytest.mark.parametrize("reason", sorted(Reason))
def test_who_decided_to_go_on_is_not_asked_again(reason: Reason) -> None:
    assert judge(adding(reason), around(answer=decision.APPLY), ASKING) == APPLY


@pytest.mark.parametrize("reason", sorted(Reason))
def test_what_a_decision_leaves_alone_is_held_as_decided(reason: Reason) -> None:
    verdict = judge(adding(reason), around(answer=decision.LEAVE), ASKING)

    assert (verdict.word, verdict.rule) == (Word.HOLD, f"decided:{reason}")


def test_a_decision_to_leave_it_holds_nothing_that_nobody_is_asked_about() -> None:
    assert judge(adding(Reason.DRIFTED), around(answer=decision.LEAVE), OPEN) == APPLY


def test_a_question_names_the_data_that_its_answer_will_be_about() -> None:
    verdict = judge(adding(Reason.DRIFTED), around(made_on="fingerprint"), ASKING)

    assert (verdict.rule, verdict.made_on) == ("reason:drifted", "fingerprint")


def test_a_review_that_a_decision_leaves_as_it_is_holds_and_is_no_question() -> None:
    verdict = judge(adding(Reason.NEW), around(left=("many_names",)), OPEN)

    assert (verdict.word, verdict.rule) == (Word.HOLD, "decided:many_names")


# --- invitations in vain --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resends", "sent", "rule"),
    [
        (1, 0, ""),
        (1, 1, ""),
        (1, 2, "reason:invite_expired"),
        (3, 3, ""),
        (3, 4, "reason:invite_expired"),
    ],
)
def test_an_expired_invitation_is_sent_again_so_many_times_and_no_more(
    resends: int, sent: int, rule: str
) -> None:
    rules = changed(OPEN, resends=resends)

    assert judge(adding(Reason.INVITE_EXPIRED), around(sent=sent), rules).rule == rule


def test_by_default_it_is_sent_once_more() -> None:
    assert judge(adding(Reason.INVITE_EXPIRED), around(sent=1), OPEN) == APPLY
    assert judge(adding(Reason.INVITE_EXPIRED), around(sent=2), OPEN).word is Word.HOLD


def test_invitations_in_vain_hold_nothing_that_is_no_invitation_in_vain() -> None:
    assert judge(adding(Reason.NEW), around(sent=9), OPEN) == APPLY


def test_who_was_invited_in_vain_is_shown_how_often_and_who_was_not_is_shown_the_reason() -> None:
    in_vain = judge(adding(Reason.INVITE_EXPIRED), around(sent=7), OPEN)
    expired = judge(adding(Reason.INVITE_EXPIRED), around(sent=7), ASKING)

    assert "7" in in_vain.why
    assert "7" not in expired.why


# --- owners, and what a rule is about -------------------------------------------------------


def holding(change: Change, **fields: Any) -> list[str]:
    return [verdict.rule for verdict in objections(change, around(**fields), OPEN)]


@pytest.mark.parametrize("before", [JANE_ON_ACME, INVITE])
def test_who_owns_the_account_by_the_legacy_rows_does_not_lose_it(
    before: Membership | Invite,
) -> None:
    removal = Change(Verb.REMOVE, Reason.REVOKED, before, None)

    assert "owner" in holding(removal, rightful_owner=JANE)
    assert "owner" not in holding(removal, rightful_owner=OLGA)


def test_the_rightful_owner_may_still_be_let_in() -> None:
    assert holding(adding(Reason.NEW), rightful_owner=JANE) == []


def test_an_invitation_of_the_owner_is_left_alone() -> None:
    assert "owner" in holding(Change(Verb.REMOVE, Reason.REVOKED, INVITE, None), owner=JANE)


@pytest.mark.parametrize("subject", KINDS)
def test_only_an_account_that_is_made_needs_its_address_for_itself(subject: Resource) -> None:
    update = Change(Verb.UPDATE, Reason.CHANGED, subject, subject)

    assert holding(update, same_address="account:legacy/16") == []


@pytest.mark.parametrize("subject", KINDS)
def test_only_a_user_that_is_made_can_be_unneeded(subject: Resource) -> None:
    assert holding(Change(Verb.UPDATE, Reason.CHANGED, subject, subject), unneeded=True) == []


@pytest.mark.parametrize("subject", KINDS)
def test_only_a_contact_is_kept_for_what_names_it(subject: Resource) -> None:
    removal = Change(Verb.REMOVE, Reason.REVOKED, subject, None)

    assert ("referenced" in holding(removal, referenced_by="order (2)")) is (
        removal.kind == "contact"
    )


def test_an_account_that_is_there_may_be_closed_and_need_not_be_made() -> None:
    closed = Account(ACME, OLGA, status="Closed")
    rules = changed(OPEN, create_missing=False)

    assert judge(Change(Verb.UPDATE, Reason.CHANGED, closed, closed), around(), rules) == APPLY
