"""How somebody stands on an account, in words: by the plan, and by what was done since."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from syncd.journal.glance import PastChange
from syncd.model.change import Change, Reason, Verb
from syncd.model.permission import ALL
from syncd.model.resources import AccountRef, Invite, Membership
from syncd.model.roles import Label, Risk, Roles
from syncd.pages.rows import MemberOnFile
from syncd.pages.standing import Judge, PersonStanding

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
REF = AccountRef("legacy/17")
ROLES = Roles((Label("billing", has=("invoices",)),), {"invoices": Risk("medium", "pay invoices")})
KEY = "membership:legacy/17:jane@dev.example"
NOBODY = MemberOnFile(
    verb="", reason="", verdict="", rule="", key=KEY, account=REF,
    email="jane@dev.example", legacy=["invoices"], wanted=["invoices"],
    has=None, invitation="", unread=False, is_owner=False, open_finding="",
)  # fmt: skip


def invite(days: float, **fields: object) -> Invite:
    """Give an invitation sent so many days ago."""
    sent = NOW - timedelta(days=days)
    return Invite(REF, "jane@dev.example", ("invoices",), sent, fresh=days < 7, **fields)


def standing(
    made: Change | None = None, sent: Invite | None = None, **fields: object
) -> PersonStanding:
    member = msgspec.structs.replace(NOBODY, **fields)
    past = PastChange(1, "run", made, "applied", "", NOW.isoformat()) if made else None
    invites = {KEY: sent} if sent else {}
    return Judge(ROLES, NOW, {KEY: past} if past else {}, invites).standing(member)


def membership(*keys: str) -> Membership:
    return Membership(REF, "jane@dev.example", keys)


def test_an_owner_may_do_everything():
    owner = standing(is_owner=True, has=None, verdict="hold")

    assert (owner.state, owner.then, owner.holds_all) == ("owner", "", True)
    assert len(owner.rights) == len(ALL)


def test_a_member_may_what_the_target_shows_and_not_what_is_wanted():
    member = standing(has=["invoices"], wanted=["invoices", "orders"], verb="~", verdict="hold",
                      rule="reason:drifted")  # fmt: skip

    assert (member.state, member.word, member.then, member.label) == (
        "member", "can log in", "", "billing",
    )  # fmt: skip
    assert [right.words for right in member.rights] == ["pay invoices"]
    assert member.why == "syncd would change the rights; held: a person has to look first."


@pytest.mark.parametrize(
    ("fields", "state", "why"),
    [
        ({"verb": "+", "verdict": "apply"}, "next", "The next run that applies lets them in."),
        (
            {"verb": "+", "verdict": "hold", "rule": "wave"},
            "waits",
            "Held: left for a later wave of invitations.",
        ),
        ({"wanted": None, "open_finding": "login_without_rights"}, "none", "A sub-account has no"),
        ({"wanted": None}, "none", "No login is made"),
    ],
)
def test_who_is_not_in_the_target_can_do_nothing_yet(fields, state, why):
    said = standing(**fields)

    assert said.state == state
    assert said.why.startswith(why)
    assert said.state == "none" or said.then.startswith("Nothing yet.")
    assert said.word != "can log in"


@pytest.mark.parametrize(
    ("days", "fields", "life", "words"),
    [
        (1, {}, "waiting", "The link is good until 2026-03-08 12:00 UTC."),
        (6, {}, "expiring", "phone them"),
        (8, {}, "expired", "the link expired on 2026-03-01 12:00 UTC"),
        (1, {"confirmed": False}, "unconfirmed", "may have been mailed"),
        (1, {"gone": True}, "withdrawn", "cancelled"),
    ],
)
def test_an_invitation_says_how_long_it_is_good(days, fields, life, words):
    sent = invite(days, **fields)
    body = msgspec.json.encode(sent).decode()

    for known in ({"sent": sent}, {}):  # by the journal; by the target alone
        said = standing(has=["invoices"], invitation=body, **known)
        assert (said.state, said.life) == ("invited", life)
        assert words in said.why
        assert said.then == "Nothing yet. Once the invitation is accepted:"


def test_what_was_done_since_the_plan_counts():
    wanted = {"verb": "+", "verdict": "apply"}
    added = Change(Verb.ADD, Reason.NEW, None, membership("invoices"))
    removed = Change(Verb.REMOVE, Reason.REVOKED, membership("invoices"), None)
    narrowed = Change(Verb.UPDATE, Reason.CHANGED, membership("invoices", "orders"),
                      membership("invoices"))  # fmt: skip

    assert standing(added, invite(0), **wanted).state == "invited"
    assert standing(removed, has=["invoices"]).state == "none"
    changed = standing(narrowed, has=["invoices", "orders"])
    assert (changed.state, [right.key for right in changed.rights]) == ("member", ["invoices"])


def test_rights_that_nobody_read_are_not_shown_as_read():
    said = standing(has=[], unread=True)

    assert said.state == "member"
    assert "had no need to read the rights" in said.why
    assert [right.key for right in said.rights] == ["invoices"]


def test_what_the_legacy_rows_gave_is_named_where_it_is_something_else():
    assert standing(has=["invoices"]).before == ""
    assert standing(has=["tickets"]).before == "invoices"
    assert standing(has=["tickets"], legacy=[]).before == ""
