"""Years of a migration, at random; and one year by hand, in which everything happens.

`SYNCD_TORTURE=1` lets the machine run for long, from random seeds.
"""

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from years import CLIENTS, Years

TestYears = Years.TestCase
TORTURE = bool(os.environ.get("SYNCD_TORTURE"))
TestYears.settings = settings(
    max_examples=2000 if TORTURE else 4,
    stateful_step_count=60 if TORTURE else 20,
    derandomize=not TORTURE,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def test_a_year_in_which_everything_happens() -> None:
    """The same machine by hand, so that none of what it watches over can go missing unseen."""
    year = Year()
    try:
        year.migration(
            mode="sync",
            daring=False,
            users="by-invite",
            there={4},
            rows=[
                (1, "jane@dev.example", ["invoices", "tickets"]),
                (1, "jane@dev.example", ["orders"]),
                (2, "lee@desk.example", ["invoices", "orders"]),
                (2, "lee@desk.example", ["orders"]),
                (2, "kim@dev.example", ["invoices"]),
                (3, "kim@dev.example", ["tickets"]),
                (3, "jane@dev.example", ["emails"]),
            ],
            accepted=3,
        )
        assert year.members == {
            "2 kim": {"invoices"}, "3 kim": {"tickets"}, "3 jane": {"emails"},
        }  # fmt: skip
        assert year.news == {
            "+ new": 3, "accepted": 3,
            "held review:twin_logins_overlap": 1,  # the disjoint ones give nothing to hold
        }  # fmt: skip

        # Answers about rows; somebody is in the target before the rows say so.
        year.answer("twin_logins_disjoint", "membership:legacy/1:jane@dev.example", "union")
        year.answer("twin_logins_overlap", "membership:legacy/2:lee@desk.example", "leave")
        year.people_add_a_member(year.account(4), "kim@dev.example", ["orders"])
        year.add_contact(4, "kim@dev.example", ["emails"])
        year.run(0)
        year.accept(0, None)
        assert year.members["1 jane"] == {"invoices", "orders", "tickets"}
        assert year.members["4 kim"] == {"orders"}
        assert year.news == {
            "decided union": 1, "decided leave": 1, "+ new": 1, "accepted": 1,
            "held decided:twin_logins_overlap": 1, "held reason:adopted": 1,
        }  # fmt: skip

        # People change one member and remove another; a union dies with its rows.
        year.answer("adopted", "membership:legacy/4:kim@dev.example", "apply")
        year.people_edit_a_member(year.member("2 kim"), ["orders"])
        year.people_edit_a_member(year.member("3 kim"), [])
        year.edit_contact(6, "drop", [], "jane@dev.example")
        year.edit_contact(1, "flags", ["profile"], "jane@dev.example")
        year.run(1)
        assert year.members == {
            "1 jane": {"invoices", "orders", "tickets"},
            "2 kim": {"orders"}, "4 kim": {"emails"},
        }  # fmt: skip
        assert year.news == {
            "decided apply": 1, "~ adopted": 1, "- revoked": 1,
            "held review:twin_logins_disjoint": 1,
            "held reason:drifted": 1, "held reason:vanished": 1,
            "held decided:twin_logins_overlap": 1,
        }  # fmt: skip

        # An answer puts back once.
        year.answer("drifted", "membership:legacy/2:kim@dev.example", "apply")
        year.answer("vanished", "membership:legacy/3:kim@dev.example", "apply")
        year.edit_contact(1, "untick", [], "jane@dev.example")
        year.run(2)
        assert year.members["1 jane"] == {"invoices", "tickets"}
        assert year.members["2 kim"] == {"invoices"}
        year.people_edit_a_member(year.member("2 kim"), ["orders"])
        year.wait(8)
        year.run(3)
        assert year.members["2 kim"] == {"orders"}
        assert year.news == {
            "decided apply": 2, "~ drifted": 1, "+ vanished": 1, "~ changed": 1,
            "held reason:drifted": 1, "held reason:invite_expired": 1,
            "held decided:twin_logins_overlap": 2,
        }  # fmt: skip

        # The expired invitation is sent again, and accepted by somebody else.
        year.answer("drifted", "membership:legacy/2:kim@dev.example", "leave")
        year.answer("invite_expired", "membership:legacy/3:kim@dev.example", "apply")
        year.run(4)
        year.accept(0, "lee@desk.example")
        year.run(5)
        assert year.members["3 lee"] == {"tickets"}
        assert year.news == {
            "decided leave": 1, "decided apply": 1, "+ invite_expired": 1, "accepted": 1,
            "held decided:drifted": 2, "held decided:twin_logins_overlap": 2,
        }  # fmt: skip
    finally:
        year.teardown()


class Year(Years):
    """A machine by hand: it is watched after every step that changes rights, as the other is."""

    def run(self, seed: int) -> None:
        self.nobody_may_do_more_than_somebody_gave()
        self.owners_stay()
        super().run(seed)
        self.nobody_may_do_more_than_somebody_gave()
        self.owners_stay()

    @property
    def news(self) -> dict[str, int]:
        """Give what was done since the last look."""
        done, self.did = self.did, Counter()
        return dict(+done)

    @property
    def members(self) -> dict[str, set[str]]:
        """Give what members may do, by the number of their account and the name in their mail."""
        numbers = {self._client_id(number): number for number in CLIENTS}
        return {
            f"{numbers[client_id]} {self.target.users[user_id].email.partition('@')[0]}": set(keys)
            for (user_id, client_id), keys in self.target.members.items()
        }

    def account(self, number: int) -> int:
        """Give which of the accounts it is."""
        return list(self.target.accounts).index(self._client_id(number) or "")

    def member(self, name: str) -> int:
        """Give which of the members it is."""
        return list(self.members).index(name)
