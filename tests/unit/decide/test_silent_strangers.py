"""Silence and strangers: who has the address in the target by now need not be the person."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from people import RULES, client, sub
from rehearsal import START, Rehearsal, settings_with

from syncd import run
from syncd.config.files import load_mapping
from syncd.model.change import Reason
from syncd.model.policy import Fuses, Policy
from syncd.model.resources import User
from syncd.pipeline import Settings
from syncd.report.files import ReportRules
from syncd.run import Job
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget

CLIENTS = [client(17, "olga@acme.example", company="Acme Ltd")]
EVE = [
    sub(7, 17, "eve@dev.example", "tickets", password="bcrypt", first_name="Eve", last_name="Dean")  # noqa: S106 (a kind)
]
STRANGER, PERSON = User("eve@dev.example", "Zed", "Wolf"), User("eve@dev.example", "Eve", "Dean")
EVERY = frozenset(Reason)


def settings(**policy: Any) -> Settings:
    return settings_with(
        rules=RULES,
        mapping=load_mapping("whmcs-7"),
        policy=Policy(**policy),
        fuses=Fuses(removals=9, removals_per_account=9),
        matches={"legacy": "email"},
    )


def test_an_expired_invitation_does_not_bring_in_a_user_of_another_name(tmp_path: Path) -> None:
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings(cutover="invite")) as rehearsal:
        rehearsal.run(CLIENTS, EVE)
        target.add_user(STRANGER)
        rehearsal.settings = settings(cutover="silent", apply_reasons=EVERY)
        waiting = rehearsal.run(CLIENTS, EVE)
        rehearsal.wait(9)
        first, second = (rehearsal.run(CLIENTS, EVE) for _ in range(2))
    assert [finding.code for finding in waiting.findings] == []
    for done in (first, second):
        (held,) = (verdict.rule for change, verdict in done.changes if change.kind == "membership")
        assert held == "review:user_other_name"
    assert (target.invites, target.members) == ([], {})


def test_an_expired_invitation_is_followed_by_silence_for_the_person(tmp_path: Path) -> None:
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings(cutover="invite")) as rehearsal:
        rehearsal.run(CLIENTS, EVE)
        rehearsal.wait(9)
        target.verified.add(target.add_user(PERSON))
        rehearsal.settings = settings(cutover="silent", apply_reasons=EVERY)
        rehearsal.run(CLIENTS, EVE)
        assert rehearsal.run(CLIENTS, EVE).to_apply == []
    assert (target.invites, list(target.members.values())) == ([], [("tickets",)])


# --- who signed up before ---------------------------------------------------------------------

ON_BOTH = [
    *EVE,
    sub(8, 18, "eve@dev.example", "quotes", first_name="Eve", last_name="Dean"),
]


@pytest.mark.parametrize(
    ("names", "ours", "verified", "codes"),
    [
        (("Eve", "Dean"), ("Eve", "Dean"), False, ["user_unverified"]),
        (("Eve", "Dean"), ("Eve", "Dean"), True, []),
        (("", " "), ("Eve", "Dean"), True, ["user_nameless"]),
        (("Eve", "Dean"), ("", ""), True, ["user_nameless"]),
        (("Zed", "Wolf"), ("", ""), False, ["user_nameless", "user_unverified"]),
        (("Zed", "Wolf"), ("Eve", "Dean"), False, ["user_other_name", "user_unverified"]),
    ],
)
def test_silence_lets_in_who_proved_the_address_and_has_our_name(
    names: tuple[str, str],
    ours: tuple[str, str],
    *,
    verified: bool,
    codes: list[str],
    tmp_path: Path,
) -> None:
    rows = [msgspec.structs.replace(EVE[0], first_name=ours[0], last_name=ours[1])]
    plans = {}
    for cutover in ("invite", "silent"):
        target = MemoryTarget("shop", attaches=True)
        target.load(
            users=[{"email": EVE[0].email, "firstname": names[0], "lastname": names[1],
                    "verified": verified}]
        )  # fmt: skip
        with Rehearsal(tmp_path / cutover, target, settings(cutover=cutover)) as rehearsal:
            rehearsal.run(CLIENTS, rows)
            plans[cutover] = rehearsal.run(CLIENTS, rows)
        assert bool(target.members) is (cutover == "silent" and not codes)
    assert reviews(plans["silent"].findings) == codes
    assert not {"user_nameless", "user_unverified"} & set(reviews(plans["invite"].findings))
    assert [plan.to_apply for plan in plans.values()] == [[], []]


def reviews(findings: list[Any]) -> list[str]:
    return sorted(each.code for each in findings if each.code.startswith("user_"))


def test_whom_syncd_let_in_or_a_mailbox_did_is_no_stranger(tmp_path: Path) -> None:
    """The companion makes users whose address is not verified: they go on to their next account."""
    both = [*CLIENTS, client(18, "bob@bolt.example")]
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings(cutover="silent")) as rehearsal:
        rehearsal.run(both, EVE)
        rehearsal.run(both, ON_BOTH)
        again = rehearsal.run(both, ON_BOTH)
    assert (reviews(again.findings), again.to_apply, len(target.members)) == ([], [], 2)


def test_a_member_whom_others_made_is_a_stranger_on_the_next_account(tmp_path: Path) -> None:
    both = [*CLIENTS, client(18, "bob@bolt.example")]
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings(cutover="silent")) as rehearsal:
        rehearsal.run(both, [])
        target.add_user(PERSON)
        target.load(
            memberships=[{"client_id": 1, "email": PERSON.email, "permissions": ["tickets"]}]
        )
        held = rehearsal.run(both, ON_BOTH)
        code, scope = "user_unverified", "membership:legacy/18:eve@dev.example"
        assert list(rehearsal.asked(both, ON_BOTH)) == [(code, scope)]
        rehearsal.decide([{"on": code, "scope": scope, "answer": "apply"}], (both, ON_BOTH, ()))
        rehearsal.run(both, ON_BOTH)
        assert rehearsal.run(both, ON_BOTH).to_apply == []
    assert reviews(held.findings) == [code]
    assert len(target.members) == 2


@pytest.mark.parametrize(("nights", "verified"), [(1, False), (2, False), (2, True)])
def test_an_owner_who_takes_the_address_of_another_is_a_stranger(
    nights: int, *, verified: bool, tmp_path: Path
) -> None:
    """Her account is of syncd, the address is not: any user may change to one that is free."""
    both = [*CLIENTS, client(18, "bob@bolt.example")]
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings(cutover="silent")) as rehearsal:
        for _ in range(nights):
            rehearsal.run(both, [])
        number = target.add_user(PERSON, target.user_ids.pop(CLIENTS[0].email))
        target.verified |= {number} if verified else set()  # of the address before this
        runs = [rehearsal.run(both, ON_BOTH[1:]) for _ in range(3)]
    for done in runs:
        assert "user_unverified" in reviews(done.findings)
        assert "+ membership:legacy/18:eve@dev.example" not in done.to_apply
    assert target.members == {}


# --- a row that went to somebody else ---------------------------------------------------------


def test_the_password_of_a_row_that_was_somebody_elses_login_goes_nowhere(tmp_path: Path) -> None:
    """Whoever had the row knows it; the new address may be another person's (T-53)."""
    target = MemoryTarget("shop", attaches=True)
    stored = {7: f"$2y$10${7:053d}"}
    handed_over = [msgspec.structs.replace(EVE[0], email="ida@dev.example")]
    with Rehearsal(tmp_path, target, settings(cutover="silent", passwords="carry")) as rehearsal:
        rehearsal.run(CLIENTS, EVE, hashes=stored)
        rehearsal.run(CLIENTS, EVE, hashes=stored)
        (asked,) = rehearsal.asked(CLIENTS, handed_over)
        rehearsal.decide([{"on": asked[0], "scope": asked[1], "answer": "apply"}],
                         (CLIENTS, handed_over, ()))  # fmt: skip
        done = rehearsal.run(CLIENTS, handed_over, hashes=stored)
        rehearsal.run(CLIENTS, handed_over, hashes=stored)
        assert rehearsal.run(CLIENTS, handed_over, hashes=stored).to_apply == []
    assert "+ membership:legacy/17:ida@dev.example" in done.to_apply
    assert {target.users[number].email for number in target.hashes} == {"eve@dev.example"}


@pytest.mark.parametrize(("user", "back"), [(PERSON, 1), (STRANGER, 0)])
def test_undo_puts_nobody_back_under_another_name(user: User, back: int, tmp_path: Path) -> None:
    target = MemoryTarget("shop", attaches=True)
    plain = [msgspec.structs.replace(EVE[0], subaccount="0")]
    run.synced(job(target, EVE, tmp_path))
    gone = run.synced(job(target, plain, tmp_path))
    assert target.members == {}
    target.users[target.user_ids[user.email]] = user
    undo = run.undone(job(target, EVE, tmp_path), gone.run_id)
    run.applied(job(target, EVE, tmp_path), undo.folder)
    assert len(target.members) == back


def job(target: MemoryTarget, rows: list[Any], folder: Path, **policy: Any) -> Job:
    chosen = settings(**{"cutover": "silent", "mode": "sync"} | policy)
    rules = ReportRules(policy=chosen.guard.policy)
    source = MemorySource("legacy", CLIENTS, rows)
    return Job([source], target, chosen, folder, rules, now=lambda: START)


# --- what the plan says -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "more", "kept"),
    [(PERSON, {}, 1), (STRANGER, {}, 0), (PERSON, {"protected": frozenset([PERSON.email])}, 0)],
)
def test_who_is_not_attached_is_not_counted_among_those_who_keep_a_password(
    user: User, more: dict[str, Any], kept: int, tmp_path: Path
) -> None:
    target = MemoryTarget("shop", attaches=True)
    target.verified.add(target.add_user(user))
    plan = run.planned(job(target, EVE, tmp_path, **more))
    silence = plan.report.facts.silence
    assert (silence.attached.people, silence.passwords.get("kept", 0)) == (kept, kept)


# --- an account for a user who is there -------------------------------------------------------

OLGA = User("olga@acme.example", "Olga", "Owner")


@pytest.mark.parametrize("cutover", ["invite", "silent"])
@pytest.mark.parametrize(
    ("names", "verified", "codes"),
    [
        (("Olga", "Owner"), False, ["user_unverified"]),
        (("Olga", "Owner"), True, []),
        (("", " "), True, ["user_nameless"]),
        (("Zed", "Wolf"), False, ["user_other_name", "user_unverified"]),
    ],
)
def test_no_account_is_made_for_a_user_who_proved_nothing(
    names: tuple[str, str], cutover: str, codes: list[str], *, verified: bool, tmp_path: Path
) -> None:
    """No invitation asks an owner: whoever signed up with that address would have it at once."""
    owned = [msgspec.structs.replace(CLIENTS[0], first_name="Olga", last_name="Owner")]
    target = MemoryTarget("shop", attaches=True)
    number = target.add_user(User(OLGA.email, *names))
    target.verified |= {number} if verified else set()
    with Rehearsal(tmp_path, target, settings(cutover=cutover)) as rehearsal:
        rehearsal.run(owned, [])
        assert bool(target.accounts) is (not codes)
        again = rehearsal.run(owned, [])
    assert (reviews(again.findings), again.to_apply) == (codes, [])


def test_an_account_that_waits_vouches_for_nobody_when_silence_begins(tmp_path: Path) -> None:
    owned = [msgspec.structs.replace(CLIENTS[0], first_name="Olga", last_name="Owner")]
    both = [*owned, client(18, "bob@bolt.example")]
    rows = [sub(8, 18, OLGA.email, "quotes", first_name="Olga", last_name="Owner")]
    target = MemoryTarget("shop", attaches=True)
    target.add_user(OLGA)
    with Rehearsal(tmp_path, target, settings(cutover="invite")) as rehearsal:
        rehearsal.run(both, [])
        rehearsal.settings = settings(cutover="silent", apply_reasons=EVERY)
        runs = [rehearsal.run(both, rows) for _ in range(2)]
    for done in runs:
        assert reviews(done.findings) == ["user_unverified", "user_unverified"]
    owners = {target.users[number].email for number in target.owners.values()}
    assert (owners, target.members) == ({"bob@bolt.example"}, {})


def test_who_took_over_an_account_that_syncd_made_is_a_stranger(tmp_path: Path) -> None:
    """What syncd gave the owner of then says nothing of the owner of now."""
    both = [*CLIENTS, client(18, "bob@bolt.example")]
    later = [sub(8, 18, PERSON.email, "quotes", first_name="Eve", last_name="Dean")]
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings(cutover="silent")) as rehearsal:
        rehearsal.run(both, [])
        rehearsal.run(both, [])
        olga = target.user_ids.pop("olga@acme.example")
        target.users[olga] = PERSON
        target.user_ids[PERSON.email] = olga
        done = rehearsal.run(both, later)
    assert reviews(done.findings) == ["user_renamed", "user_unverified"]
    assert target.members == {}
