"""Years of a migration: people edit both sides, invitations come and go, and syncd runs in between.

The machine of test_years.py, over the rehearsal of the whole path. Who may do what, and which
decision counts, is worked out here and in decided.py, in a few lines that share no code with syncd.
"""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from altered import changed
from decided import Decided
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from people import client, contact
from rehearsal import Rehearsal, Run, settings_with, sources_of, with_decisions
from shaky import CutSource, ShakyTarget

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.convert.rows import Rules
from syncd.errors import IncompleteRead, TargetUnavailable
from syncd.model.change import CAUTIOUS, Change, Reason, Verb
from syncd.model.decision import Decision, answers_to
from syncd.model.policy import Fuses, Mode, People, Policy
from syncd.model.resources import Invite, Membership
from syncd.model.verdict import Word
from syncd.sources.memory import MemorySource

MAPPING = load_mapping("whmcs-7")
WEEK = timedelta(days=7)
KEYS = ("profile", "contacts", "invoices", "tickets", "emails", "orders")
CLIENTS = range(1, 5)
OWNERS = {f"owner{number}@acme.example": (f"Owner{number}", "Acme") for number in CLIENTS}
NAMES = {
    "jane@dev.example": ("Jane", "Doe"),
    "kim@dev.example": ("Kim", "Roe"),
    "lee@desk.example": ("Lee", "Poe"),
    **OWNERS,
}
# Twins, owners and their sub-accounts must meet often to be worth a try: few people, few accounts.
ADDRESSES = st.sampled_from([*list(NAMES)[:3] * 2, *NAMES])
FLAGS = st.sets(st.sampled_from(KEYS), max_size=3).map(sorted)
GIVEN = FLAGS.filter(bool)
ANY = st.integers(0, 99)  # which of them
Rights = dict[tuple[int, str], set[str]]
Members = Mapping[tuple[str, str], Sequence[str]]

# --- the machine ------------------------------------------------------------------------------


class Years(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.target = ShakyTarget("shop")
        self.clients: dict[int, Any] = {}  # rows by id
        self.contacts: dict[int, Any] = {}
        self.ids = 0
        self.ever: dict[tuple[int, str], set[str]] = {}  # what legacy rows gave in any run
        self.people: dict[tuple[str, str], set[str]] = {}  # what people gave in the target
        self.owners: dict[str, str] = {}  # who owns what, as far as people decided it
        self.decided = Decided()
        self.did: Counter[str] = Counter()  # what runs did to memberships, or why they did not
        self.read = 0  # contacts of the last good run

    @initialize(
        mode=st.sampled_from(["no-removals", "sync", "sync", "create-only"]),
        daring=st.sampled_from([True, True, False]),
        users=st.sampled_from(["by-invite", "create-first"]),
        there=st.sets(st.sampled_from(CLIENTS)),
        rows=st.lists(
            st.tuples(st.sampled_from(CLIENTS), ADDRESSES, GIVEN), min_size=5, max_size=9
        ),
        accepted=st.integers(0, 5),
    )
    def migration(
        self, mode: Mode, *, daring: bool, users: Any, there: set[int], rows: Any, accepted: int
    ) -> None:
        self.mode, self.daring = mode, daring
        reasons = frozenset(Reason) if daring else frozenset(Reason) - CAUTIOUS
        self.settings = settings_with(
            # Our people live on `.example`: reserved, nothing they may do would ever be applied.
            rules=Rules(flag_reader(MAPPING), people=People(reserved_domains=frozenset())),
            mapping=MAPPING,
            policy=Policy(mode=mode, apply_reasons=reasons, users=users),
            # The fuses on numbers have tests of their own; that of a shrunken source is ours.
            fuses=Fuses(removals=99, removals_per_account=99, updates_floor=99),
            matches={"legacy": "email"},
        )
        self.rehearsal = Rehearsal(Path(self._folder.name), self.target, self.settings)
        for number, (email, (first, last)) in zip(CLIENTS, OWNERS.items(), strict=True):
            self.clients[number] = client(number, email, first_name=first, last_name=last)
            if number in there:
                self.target.load(
                    clients=[{"id": 10 + number, "email": email}],
                    users=[{"id": 20 + number, "email": email}],
                    memberships=[{"client_id": 10 + number, "user_id": 20 + number, "owner": True}],
                )
        self.owners = dict(self.target.owners)
        for number, email, flags in rows:
            self.add_contact(number, email, flags)
        self.run(0)
        for _ in range(min(accepted, len(self.target.invites))):
            self.accept(0, None)

    def teardown(self) -> None:
        if hasattr(self, "rehearsal"):
            self.rehearsal.__exit__(None, None, None)
        self._folder.cleanup()

    # --- the legacy side ----------------------------------------------------------------------

    @rule(client_id=st.sampled_from([*CLIENTS, 9]), email=ADDRESSES, flags=FLAGS)
    def add_contact(self, client_id: int, email: str, flags: list[str]) -> None:
        self.ids += 1
        first, last = NAMES[email]
        self.contacts[self.ids] = contact(
            self.ids, client_id, email.title() if self.ids % 2 else email, first_name=first,
            last_name=last, subaccount="1", permissions=",".join(flags), invoice_emails="1",
        )  # fmt: skip

    @precondition(lambda self: self.contacts)
    @rule(which=ANY, flags=FLAGS, email=ADDRESSES, how=st.sampled_from(
        ["untick", "tick", "drop", "flags", "address", "name", "mail"]))  # fmt: skip
    def edit_contact(self, which: int, how: str, flags: list[str], email: str) -> None:
        row = _one_of(self.contacts.values(), which)
        first, last = NAMES[email]
        fields: dict[str, Any] = {
            "untick": {"subaccount": "0"},
            "tick": {"subaccount": "on"},
            "flags": {"permissions": ",".join(flags), "subaccount": "1"},
            "address": {"email": email, "first_name": first, "last_name": last},
            "name": {"first_name": "Bob", "last_name": "Low"},
            "mail": {"invoice_emails": "0", "support_emails": "1"},
            "drop": {},
        }[how]
        self.contacts[row.contact_id] = msgspec.structs.replace(row, **fields)
        if how == "drop":
            del self.contacts[row.contact_id]

    @rule(number=st.sampled_from(CLIENTS), how=st.sampled_from(["close", "open", "hand over"]),
          email=ADDRESSES)  # fmt: skip
    def edit_client(self, number: int, how: str, email: str) -> None:
        first, last = NAMES[email]
        fields: dict[str, Any] = {
            "close": {"status": "Closed"},
            "open": {"status": "Active"},
            "hand over": {"email": email, "first_name": first, "last_name": last},
        }[how]
        self.clients[number] = msgspec.structs.replace(self.clients[number], **fields)

    # --- the target ---------------------------------------------------------------------------

    @precondition(lambda self: self.target.members)
    @rule(which=ANY, flags=FLAGS)
    def people_edit_a_member(self, which: int, flags: list[str]) -> None:
        """Change what a member may do; nothing at all: remove the member."""
        place = _one_of(self.target.members, which)
        del self.target.members[place]
        if flags:
            self._people_give(*place, flags)

    @precondition(lambda self: self.target.members)
    @rule(which=ANY)
    def people_make_a_member_the_owner(self, which: int) -> None:
        user_id, client_id = _one_of(self.target.members, which)
        del self.target.members[user_id, client_id]
        self.target.owners[client_id] = self.owners[client_id] = user_id

    @precondition(lambda self: self.target.accounts)
    @rule(which=ANY, email=ADDRESSES, flags=GIVEN)
    def people_add_a_member(self, which: int, email: str, flags: list[str]) -> None:
        client_id = _one_of(self.target.accounts, which)
        if self._may_join(email, client_id):
            user_id = self.target.user_ids.get(email) or self._new_user(email)
            self._people_give(user_id, client_id, flags)

    @precondition(lambda self: self.target.contacts)
    @rule(which=ANY, drop=st.booleans())
    def people_edit_a_contact(self, which: int, *, drop: bool) -> None:
        contact_id = _one_of(self.target.contacts, which)
        held = self.target.contacts.pop(contact_id)
        if not drop:
            changed = msgspec.structs.replace(held, preferences=("general",))
            self.target.contacts[contact_id] = changed

    @precondition(lambda self: self.target.invites)
    @rule(which=ANY, other=st.none() | ADDRESSES)
    def accept(self, which: int, other: str | None) -> None:
        client_id, email, keys = _one_of(self.target.invites, which)
        if self._may_join(other or email, client_id):
            self.target.accept(email, client_id, other)
            self.did["accepted"] += 1
            if other:
                self._people_give(self.target.user_ids[other], client_id, list(keys))

    @rule(days=st.integers(1, 8))
    def wait(self, days: int) -> None:
        self.rehearsal.wait(days)

    @rule(which=ANY, answer=ANY)
    def decide(self, which: int, answer: int) -> None:
        """Let somebody answer a question; it counts until its data change."""
        questions = [one for one in self._asked() if answers_to(one[0])]
        if questions:
            on, scope = questions[which % len(questions)]
            answers = list(answers_to(on))
            self.answer(on, scope, answers[answer % len(answers)])

    def answer(self, on: str, scope: str, answer: str) -> None:
        """Answer what is asked now; KeyError where it is not asked."""
        decision = Decision(on, scope, answer, "Lena", "2026-03-01", self._asked()[on, scope])
        state = self._state(scope, self.target.members, self._rights())
        self.decided.add(decision, self.clients, self.contacts.values(), state)
        self.settings = with_decisions(self.settings, self.decided)
        self.rehearsal.settings = self.settings
        self.did[f"decided {answer}"] += 1

    def _asked(self) -> dict[tuple[str, str], str]:
        return self.rehearsal.asked(list(self.clients.values()), list(self.contacts.values()))

    # --- runs ---------------------------------------------------------------------------------

    @rule(seed=st.integers(0, 9))
    def run(self, seed: int) -> None:
        """Run on complete reads, and once more: the second changes nothing (I6, I13)."""
        clients, contacts = list(self.clients.values()), list(self.contacts.values())
        # No two runs write at one moment; what was written when is part of a question.
        self.rehearsal.now += timedelta(minutes=1)
        self.rehearsal.wait(0)
        self.rehearsal.settings = changed(self.settings, allowed={"source-shrunk": 0})
        before = set(self.target.contacts)
        members = dict(self.target.members)

        run = self.rehearsal.run_from(sources_of(clients, contacts))

        assert not run.planned.refusals
        assert set(run.applied.outcomes) <= {"applied"}
        self.read = len(contacts)
        rights = self._rights()
        for place, keys in rights.items():
            self.ever.setdefault(place, set()).update(keys)
        self._check_changes(run, rights, members)
        self._check_nobody_is_forgotten(run, rights)
        assert before <= set(self.target.contacts)
        assert max(Counter(one[:2] for one in self.target.invites).values(), default=0) <= 1

        writes = self.target.writes
        shuffled = seed % 3 == 0
        again = self.rehearsal.run_from(sources_of(clients, contacts), summed=shuffled)
        assert again.to_apply == []
        self._check_nothing_differs_untold(again, rights)
        assert self.target.writes == writes
        if shuffled:
            Random(seed).shuffle(contacts)  # noqa: S311 (no secret)
            assert self.rehearsal.checksum(sources_of(clients[::-1], contacts)) == again.checksum

    @rule(how=st.sampled_from(["source", "target", "shrunken", "empty"]), seen=st.integers(0, 12))
    def run_on_half_of_it(self, how: str, seen: int) -> None:
        """Read not all, or what does not look like all: nothing changes, anywhere (I5, I8)."""
        clients, contacts = list(self.clients.values()), list(self.contacts.values())
        self.rehearsal.settings = self.settings
        before = self._picture()
        if how == "source":
            with pytest.raises(IncompleteRead):
                self.rehearsal.run_from([CutSource("legacy", clients, contacts)])
        elif how == "target":
            self.target.readable = min(seen, len(list(self.target.reader().observe())) - 1)
            if self.target.readable >= 0:
                with pytest.raises(TargetUnavailable):
                    self.rehearsal.run_from(sources_of(clients, contacts))
            self.target.readable = None
        elif how == "shrunken":
            few = contacts[: int(self.read * 0.8 - 0.01)]
            if len(few) < 0.8 * self.read:
                run = self.rehearsal.run_from([MemorySource("legacy", clients, few)])
                assert "source-shrunk" in {refusal.fuse for refusal in run.planned.refusals}
        else:
            run = self.rehearsal.run_from([MemorySource("legacy", [], contacts)])
            assert "source-empty" in {refusal.fuse for refusal in run.planned.refusals}
        assert self._picture() == before

    # --- what must hold at all times -----------------------------------------------------------

    @invariant()
    def nobody_may_do_more_than_somebody_gave(self) -> None:
        """I1: every permission comes of a legacy row of that person there, or of people."""
        for place, keys in self.target.members.items():
            user_id, client_id = place
            email = self.target.users[user_id].email
            by_rows = [
                given for (number, who), given in self.ever.items()
                if who == email and self._client_id(number) == client_id
            ]  # fmt: skip
            assert set(keys) <= set().union(*by_rows, self.people.get(place, ()))

    @invariant()
    def owners_stay(self) -> None:
        """I2: nobody but people changes an owner, and an owner is no member."""
        for client_id, user_id in self.target.owners.items():
            assert self.owners.setdefault(client_id, user_id) == user_id
            assert (user_id, client_id) not in self.target.members

    # --- the test's own few lines ----------------------------------------------------------------

    def _rights(self) -> Rights:
        """Give what all ticked rows of a person on an account give; nothing to its owner.

        What any of them gives, where somebody decided so on these very rows.
        """
        rows: dict[tuple[int, str], list[set[str]]] = {}
        for row in self.contacts.values():
            account, email = self.clients.get(row.client_id), (row.email or "").lower()
            if account is None or account.status == "Closed" or account.email == email:
                continue
            if row.subaccount in ("1", "on"):
                gives = set(filter(None, (row.permissions or "").split(",")))
                rows.setdefault((row.client_id, email), []).append(gives)
        data = self.clients, self.contacts.values()
        return {
            place: set.union(*sets)
            if self.decided.unites(place, *data)
            else set.intersection(*sets)
            for place, sets in rows.items()
        }

    def _check_changes(self, run: Run, rights: Rights, before: Members) -> None:
        for change, verdict in run.changes:
            assert change.reason
            if verdict.word is Word.HOLD:  # I11
                assert verdict.rule
                assert verdict.why
                if isinstance(change.subject, Membership | Invite):
                    self.did[f"held {verdict.rule}"] += 1
                continue
            assert not verdict.rule
            state = self._state(change.key, before, rights)
            self._check_it_may_be_applied(change, state)
            if not isinstance(change.subject, Membership):
                assert change.verb is not Verb.REMOVE
                continue
            self.did[f"{change.verb} {change.reason}"] += 1
            place = int(change.subject.account.partition("/")[2]), change.subject.email
            assert not self.decided.leaves(place, self.clients, self.contacts.values())
            if change.verb is Verb.REMOVE:
                assert not rights.get(place)
                assert self.ever[place]
            else:
                assert set(change.subject.permissions) == rights[place] != set()

    def _check_it_may_be_applied(self, change: Change, state: object) -> None:
        """See that the mode has the verb, and that somebody said so where people look first."""
        assert change.verb in {"create-only": "+", "no-removals": "+~", "sync": "+~-"}[self.mode]
        said = self.decided.use(change.reason, change.key, state)
        assert said != "leave"
        if not self.daring and change.reason not in ("new", "changed", "revoked"):
            assert said == "apply"

    def _check_nothing_differs_untold(self, run: Run, rights: Rights) -> None:
        """I6: a member may do what the rows give, unless the plan says why not."""
        proposed = {change.key for change, _ in run.changes}
        for place, keys in ({place: set[str]() for place in self.ever} | rights).items():
            member = self._member(place)
            has = set(self.target.members.get(member, keys))
            if has != keys and (keys or member not in self.people):
                assert f"membership:legacy/{place[0]}:{place[1]}" in proposed

    def _check_nobody_is_forgotten(self, run: Run, rights: Rights) -> None:
        """I10: who has a right and neither membership nor live invitation is in the plan."""
        proposed = {change.key for change, _ in run.changes}
        now = self.rehearsal.now
        live = {invite[:2] for at, invite in self.rehearsal._sent if now < at + WEEK}
        for (number, email), keys in rights.items():
            client_id, user_id = self._client_id(number), self.target.user_ids.get(email, "")
            is_owner = self.target.owners.get(client_id or "") == user_id
            if not keys or is_owner or (user_id, client_id) in self.target.members:
                continue
            if (client_id, email) not in live:
                assert f"membership:legacy/{number}:{email}" in proposed

    def _state(self, key: str, members: Members, rights: Rights) -> object:
        """Give what a person has and what the rows give, for the key of a membership."""
        kind, _, rest = key.partition(":")
        account, _, email = rest.partition(":")
        if kind != "membership":
            return None
        place = int(account.partition("/")[2]), email
        return members.get(self._member(place)), rights.get(place)

    def _member(self, place: tuple[int, str]) -> tuple[str, str]:
        return self.target.user_ids.get(place[1], ""), self._client_id(place[0]) or ""

    def _client_id(self, number: int) -> str | None:
        return self.rehearsal.bound(f"account:legacy/{number}")

    def _may_join(self, email: str, client_id: str) -> bool:
        user_id = self.target.user_ids.get(email)
        owns = self.target.owners.get(client_id) == user_id
        return user_id is None or not (owns or (user_id, client_id) in self.target.members)

    def _people_give(self, user_id: str, client_id: str, keys: list[str]) -> None:
        self.target.members[user_id, client_id] = tuple(sorted(keys, key=KEYS.index))
        self.people.setdefault((user_id, client_id), set()).update(keys)

    def _new_user(self, email: str) -> str:
        self.target.load(users=[{"email": email}])
        return self.target.user_ids[email]

    def _picture(self) -> list[Any]:
        """Give all that a run could change, on either side."""
        there, journal = self.target, self.rehearsal._journal
        state = [there.users, there.accounts, there.owners, there.members, there.contacts]
        known = [journal.applied(), journal.bindings(), journal.invites(self.rehearsal.now)]
        return [*map(dict, state), *map(list, known), list(there.invites), there.writes]


def _one_of(items: Any, which: int) -> Any:
    items = list(items)
    return items[which % len(items)]
