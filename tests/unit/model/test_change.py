"""A change tells what it is about and when its turn comes."""

from datetime import UTC, datetime

import pytest

from syncd.model.change import Change, Reason, Verb, phase
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Observable,
    Preference,
    Resource,
    User,
)

ACME = AccountRef("legacy/17")
JANE = "jane@dev.example"


def member(*permissions: str) -> Membership:
    return Membership(ACME, JANE, permissions)


def contact(*preferences: Preference) -> Contact:
    return Contact(ACME, "legacy/9", JANE, preferences)


def change(before: Observable | None, after: Resource | None) -> Change:
    verb = Verb.REMOVE if after is None else Verb.ADD if before is None else Verb.UPDATE
    return Change(verb, Reason.CHANGED, before, after)


INVITE = Invite(ACME, JANE, ("invoices",), datetime(2026, 3, 1, tzinfo=UTC), fresh=True)
FEW, MORE = member("invoices"), member("invoices", "tickets")

TURNS = [
    ("a membership is removed", change(FEW, None), 0),
    ("a membership is narrowed", change(MORE, FEW), 0),
    ("an invitation is withdrawn", change(INVITE, None), 0),
    ("a user is made", change(None, User(JANE)), 1),
    ("an account is made", change(None, Account(ACME, JANE)), 2),
    ("a contact is made", change(None, contact("domain")), 3),
    ("a contact gets more mail", change(contact(), contact("domain")), 3),
    ("a contact gets less mail", change(contact("domain"), contact()), 4),
    ("a contact gets other mail", change(contact("domain"), contact("invoice")), 4),
    ("a contact is removed", change(contact("domain"), None), 4),
    ("a person is invited", change(None, FEW), 5),
    ("a membership is widened", change(FEW, MORE), 5),
    ("a membership gets other rights", change(FEW, member("tickets")), 5),
]


@pytest.mark.parametrize(("change", "turn"), [row[1:] for row in TURNS], ids=[t[0] for t in TURNS])
def test_access_goes_first_and_comes_last(change: Change, turn: int) -> None:
    assert phase(change) == turn


@pytest.mark.parametrize(
    ("change", "grants"),
    [
        (change(None, FEW), True),
        (change(FEW, MORE), True),
        (change(FEW, member("tickets")), True),
        (change(MORE, FEW), False),
        (change(FEW, None), False),
        (change(INVITE, None), False),
        (change(None, User(JANE)), False),
        (change(None, Account(ACME, JANE)), False),
    ],
)
def test_a_change_grants_where_somebody_could_do_more_after_it(
    change: Change,
    grants: bool,  # noqa: FBT001
) -> None:
    assert change.grants is grants


@pytest.mark.parametrize(
    ("subject", "kind", "key"),
    [
        (User(JANE), "user", "user:jane@dev.example"),
        (Account(ACME, JANE), "account", "account:legacy/17"),
        (FEW, "membership", "membership:legacy/17:jane@dev.example"),
        (contact(), "contact", "contact:legacy/9"),
    ],
)
def test_a_change_has_the_key_and_kind_of_its_subject(
    subject: Resource, kind: str, key: str
) -> None:
    for one in (change(None, subject), change(subject, None)):
        assert (one.subject, one.kind, one.key) == (subject, kind, key)


def test_an_invitation_stands_under_the_key_of_its_membership() -> None:
    assert INVITE.key == FEW.key
    assert change(INVITE, None).kind == "membership"


def test_a_change_of_nothing_has_no_subject() -> None:
    with pytest.raises(ValueError, match="before or an after"):
        _ = Change(Verb.ADD, Reason.NEW, None, None).subject
