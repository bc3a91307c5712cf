"""What happens by day: legacy rows change, people accept, staff change members, time goes by.

Half of the machine in test_nights.py: what is done, and what of it allows what a night then does.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from provider import Provider, Row
from world import Place, World, look

START = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
WEEK = timedelta(days=7)
ACCOUNTS = {17: "alma@archer.example", 18: "bruno@baker.example"}
NUMBERS = {email: number for number, email in ACCOUNTS.items()}
NAMES = {
    "dana@dean.example": "Dana Dean",
    "finn@foss.example": "Finn Foss",
    "gita@gold.example": "Gita Gold",
    "alma@archer.example": "Alma Archer",  # who may be a sub-account of the other account
}
STRANGER = "eve@else.example"
MAILS = ("general", "invoice", "product", "support")
FLAG = st.sampled_from(["products", "invoices", "tickets", "domains"])
FLAGS = st.sets(FLAG, max_size=2)
ANY = st.integers(0, 99)  # which of them
# What happens by day; twice what a story needs most.
EVENTS = (
    *("somebody_accepts", "somebody_accepts", "a_stranger_accepts", "staff_edit_a_member"),
    *("somebody_edits_flags", "somebody_edits_flags", "somebody_moves_the_tick"),
    *("somebody_edits_mails", "somebody_adds_a_contact", "somebody_decides", "somebody_decides"),
    *("a_day_passes", "a_week_passes"),
)
Event = tuple[str, int, set[str], str]
EVENT = st.tuples(st.sampled_from(EVENTS), ANY, FLAGS, st.sampled_from(MAILS))
DAY = st.lists(EVENT, min_size=1, max_size=4)
# What another invitation to the same person is sent for, when a person says so.
AGAIN = ("invite_expired", "invite_gone", "invite_unconfirmed", "vanished")


class Days:
    """What legacy rows, people and time came to; `seen` is what was in the target last."""

    provider: Provider
    settings: dict[str, Any]  # of the config
    seen: World

    def __init__(self) -> None:
        self.now = START
        self.ever: dict[Place, set[str]] = {}  # what legacy rows gave in any backup
        self.by_hand: dict[Place, set[str]] = {}  # what people gave in the target
        self.mails: Counter[Place] = Counter()  # invitations to a place that were called for
        self.forgotten: Counter[Place] = Counter()  # mails to a place when a run last forgot it
        self.asked: list[Row] = []  # what the last plan asks
        self.decided: list[Row] = []

    def let_happen(self, day: list[Event]) -> None:
        for what, *details in day:
            getattr(self, what)(*details)

    def see(self) -> None:
        self.provider.tell("clock", now=self.now.isoformat(), frozen=True)
        self.seen = look(self.provider)

    # --- the legacy side --------------------------------------------------------------------------

    def somebody_adds_a_contact(self, which: int, flags: set[str], _: str) -> None:
        self.add(one_of(ACCOUNTS, which), one_of(NAMES, which // 2), flags)
        self.back_up()

    def somebody_edits_flags(self, which: int, flags: set[str], _: str) -> None:
        self.edit(which, permissions=",".join(sorted(flags)), subaccount=1)

    def somebody_moves_the_tick(self, which: int, _: set[str], __: str) -> None:
        self.edit(which, subaccount=1 - one_of(self.provider.legacy.contacts, which)["subaccount"])

    def somebody_edits_mails(self, which: int, _: set[str], mail: str) -> None:
        column = f"{mail}emails"
        self.edit(which, **{column: 1 - one_of(self.provider.legacy.contacts, which)[column]})

    def edit(self, which: int, **columns: Any) -> None:
        one_of(self.provider.legacy.contacts, which).update(columns)
        self.back_up()

    def add(self, account: int, email: str, flags: set[str]) -> None:
        """Add a contact; once a person and account, and no owner: twins have tests of their own."""
        if ACCOUNTS[account] == email or (ACCOUNTS[account], email) in self.contacts():
            return
        number = 111 + len(self.provider.legacy.contacts)
        permissions = ",".join(sorted(flags))
        self.provider.legacy.contact(
            number, account, NAMES[email], email, subaccount=1, permissions=permissions
        )

    def back_up(self) -> None:
        self.provider.back_up()
        for place, keys in self.rights().items():
            self.ever.setdefault(place, set()).update(keys)

    def contacts(self) -> dict[Place, int]:
        rows = self.provider.legacy.contacts
        return {(ACCOUNTS[row["userid"]], row["email"]): row["id"] for row in rows}

    def rights(self) -> dict[Place, frozenset[str]]:
        """Give what the rows give now: the ticked ones, the flags they have."""
        return {
            (ACCOUNTS[row["userid"]], row["email"]): frozenset(row["permissions"].split(","))
            for row in self.provider.legacy.contacts
            if row["subaccount"] and row["permissions"]
        }

    # --- people and time --------------------------------------------------------------------------

    def somebody_accepts(self, which: int, _: set[str], __: str) -> None:
        self.accept(which, "")

    def a_stranger_accepts(self, which: int, _: set[str], __: str) -> None:
        self.accept(which, STRANGER)

    def accept(self, which: int, under: str) -> None:
        waiting = [one for one in self.seen.invites if one["state"] == "pending"]
        if not waiting:
            return
        invite = one_of(waiting, which)
        place = (invite["place"][0], under or invite["email"])
        if place in self.seen.members:
            return
        self.provider.tell(f"invites/{invite['id']}/accept", email=place[1])
        if under:
            self.by_hand.setdefault(place, set()).update(invite["permissions"])
        self.see()

    def staff_edit_a_member(self, which: int, flags: set[str], _: str) -> None:
        """Change what a member may do; nothing at all: remove the member."""
        if not self.seen.members:
            return
        place = one_of(sorted(self.seen.members), which)
        clients = {one["email"]: one["id"] for one in self.provider.get("state")["clients"]}
        self.provider.tell(
            "members",
            client_id=clients[place[0]],
            email=place[1],
            permissions=sorted(flags) or None,
        )
        self.by_hand.setdefault(place, set()).update(flags)
        self.see()

    def a_day_passes(self, *_: Any) -> None:
        self.now += timedelta(days=1)
        self.see()

    def a_week_passes(self, which: int, *_: Any) -> None:
        """Let all but seven days pass, or a little more: that is how long an invitation lasts."""
        self.now += WEEK + timedelta(hours=which % 4 - 2)
        self.see()

    def somebody_decides(self, which: int, *_: Any) -> None:
        """Answer a question about a change that is held; it counts until its data change."""
        asked = [one for one in self.asked if one["on"] in (*AGAIN, "adopted", "drifted")]
        if asked:
            self.decide(one_of(asked, which), "leave" if which % 3 == 0 else "apply")

    def questions(self, folder: Path) -> list[Row]:
        # Every scalar a text: to YAML 1.1 the key `on` is a truth.
        text = (folder / "decisions.yaml").read_text(encoding="utf-8")
        asked = yaml.load(text, yaml.BaseLoader)["decisions"] or []  # noqa: S506
        return [one for one in asked if not one["answer"]]

    def decide(self, asked: Row, answer: str) -> None:
        if answer == "apply" and asked["on"] in AGAIN:
            self.mails[place_of(asked["scope"])] += 1
        self.asked.remove(asked)
        # A question that is asked anew takes the place of what was answered to it before.
        self.decided = [one for one in self.decided if _about(one) != _about(asked)]
        self.decided.append(asked | {"answer": answer, "by": "Lena", "at": "2026-03-01"})
        path = self.provider.folder / "decisions.yaml"
        decided = {"version": 1, "decisions": self.decided}
        path.write_text(yaml.safe_dump(decided), encoding="utf-8")
        self.provider.configure(**self.settings, decisions=str(path))


def one_of(items: Any, which: int) -> Any:
    items = list(items)
    return items[which % len(items)]


def _about(question: Row) -> tuple[str, str]:
    return question["on"], question["scope"]


def place_of(scope: str) -> Place:
    _, account, email = scope.split(":")
    return ACCOUNTS[int(account.removeprefix("legacy/"))], email
