"""Passwords never stray, tried on random populations: whose goes where is worked out here again."""

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from people import RULES, client, contact
from rehearsal import Rehearsal, settings_with

from syncd.config.files import load_mapping
from syncd.model.legacy import LegacyContact
from syncd.model.policy import Fuses, Policy
from syncd.targets.memory import MemoryTarget

POOL = [f"{name}@dev.example" for name in ("ann", "ben", "cay", "dee")]
ACCOUNTS = (17, 18, 19)


def hashed(contact_id: int) -> str:
    return f"$2y$10${contact_id:053d}"


class Drawn(NamedTuple):
    contacts: list[LegacyContact]
    owners: list[str]  # of the accounts, in their order
    users: set[str]  # in the target
    answers: dict[str, str]  # to which password
    spoilt: set[int]  # contacts whose password is another by the time it is asked for


@st.composite
def populations(draw: st.DrawFn) -> Drawn:
    spelled = st.sampled_from(POOL).map(str)
    rows = draw(st.lists(
        st.tuples(
            st.sampled_from((*ACCOUNTS, 99)),  # the last is nobody's
            spelled,
            st.sampled_from((str, str.upper, lambda text: f" {text}")),
            st.sampled_from(("1", "on", "1", "0", "")),
            st.sampled_from(("bcrypt", "bcrypt", "bcrypt", "md5-salted", "none")),
        ),
        min_size=1, max_size=6,
    ))  # fmt: skip
    contacts = [
        contact(number, account, spell(email), subaccount=mark, permissions="tickets",
                password=kind)
        for number, (account, email, spell, mark, kind) in enumerate(rows, start=1)
    ]  # fmt: skip
    owner = st.sampled_from(("one@firm.example", "two@firm.example", "three@firm.example", POOL[0]))
    numbers = st.integers(1, len(rows))
    return Drawn(
        contacts,
        draw(st.lists(owner, min_size=3, max_size=3, unique=True)),
        draw(st.sets(spelled, max_size=1)),
        draw(st.dictionaries(spelled, st.one_of(st.just("none"), numbers.map("legacy/{}".format)),
                             max_size=3)),
        draw(st.sets(numbers, max_size=1)),
    )  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(populations())
def test_a_password_goes_to_a_new_user_of_its_own_row_alone(drawn: Drawn) -> None:
    clients = [client(number, email) for number, email in zip(ACCOUNTS, drawn.owners, strict=True)]
    target = MemoryTarget("shop", attaches=True)
    target.load(users=[{"email": email} for email in sorted(drawn.users)])
    stored = {
        row.contact_id: "changed since" if row.contact_id in drawn.spoilt
        else hashed(row.contact_id)
        for row in drawn.contacts
    }  # fmt: skip
    asked = [
        {"on": "which_password", "scope": f"password:{email}", "answer": answer}
        for email, answer in drawn.answers.items()
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        Rehearsal(Path(folder), target, carrying()) as rehearsal,
    ):
        if asked:
            rehearsal.decide(asked, (clients, drawn.contacts, ()))
        rehearsal.run(clients, drawn.contacts, hashes=stored)
    kept = {target.users[user_id].email: value for user_id, value in target.hashes.items()}
    expected = expected_of(drawn)
    event(f"{len(expected)} carried")
    assert kept == expected


def carrying() -> Any:
    return settings_with(
        rules=RULES,
        mapping=load_mapping("whmcs-7"),
        policy=Policy(cutover="silent", passwords="carry"),
        fuses=Fuses(),
        matches={"legacy": "email"},
    )


def expected_of(drawn: Drawn) -> dict[str, str]:
    """Say who keeps which password, by the rules of docs/passwords.md and nothing of syncd's."""
    logins: dict[str, list[LegacyContact]] = defaultdict(list)
    for row in drawn.contacts:
        if row.subaccount in ("1", "on") and row.client_id in ACCOUNTS:
            logins[(row.email or "").strip().lower()].append(row)
    # Of an owner who is a user already it is asked who that is: all of the account waits.
    owners = dict(zip(ACCOUNTS, drawn.owners, strict=True))
    waiting = {account for account, owner in owners.items() if owner in drawn.users}
    carried = {}
    for email, rows in logins.items():
        if email in drawn.users or email in drawn.owners:
            continue
        if {row.client_id for row in rows} <= waiting:
            continue
        usable = {f"legacy/{row.contact_id}": row for row in rows if row.password == "bcrypt"}  # noqa: S105
        answer = drawn.answers.get(email, "")
        if len(rows) == 1:  # what was answered was another question, so it is asked again
            answer = "" if email in drawn.answers else next(iter(usable), "")
        if answer in usable and usable[answer].contact_id not in drawn.spoilt:
            carried[email] = hashed(usable[answer].contact_id)
    return carried
