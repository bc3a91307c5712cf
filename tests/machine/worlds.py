"""A world that changes under the journal, and who everybody in it really is.

Half of the machine in test_world.py. syncd sees numbers and addresses; the truth is kept beside
them: which company an account is of, and who opens the mail of an address.
"""

from copy import deepcopy
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from altered import changed
from people import client, contact
from rehearsal import Rehearsal, Rows

from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.permission import permissions
from syncd.model.resources import User
from syncd.targets.memory import MemoryTarget

FLAGS = ("tickets", "invoices", "products")
STRANGER = "somebody else"


class Shop:
    """A target and its truth."""

    def __init__(self, origin: str) -> None:
        self.target = MemoryTarget("shop")
        self.target.origin = origin
        self.company: dict[str, str] = {}  # client id -> whose account it is

    def kept(self) -> dict[str, Any]:
        state = {name: value for name, value in vars(self.target).items() if name != "name"}
        return deepcopy({"target": state, "company": self.company})

    def put_back(self, backup: dict[str, Any]) -> None:
        vars(self.target).update(deepcopy(backup["target"]))
        self.company = deepcopy(backup["company"])


class Night(NamedTuple):
    """What was kept of one night: a backup of the target, a copy of the journal."""

    shop: dict[str, Any]
    journal: bytes
    met: frozenset[str]  # ids of the users whom this journal knows


class World:
    """Legacy rows, two shops of one name, the journal, and what happens to them."""

    def __init__(self, folder: Path, rehearsal: Rehearsal, shop: Shop) -> None:
        self.rehearsal = rehearsal
        self.here = self.shop = shop
        self.elsewhere = Shop(shop.target.origin)
        self.clients: dict[int, LegacyClient] = {}
        self.company: dict[int, str] = {}  # client id -> whose it is
        self.contacts: dict[int, LegacyContact] = {}
        self.met: set[str] = set()
        # Addresses given up in the target by users whom the journal knew: address -> user id.
        self.given_up: dict[str, str] = {}
        self.nights: list[Night] = []
        self._numbers = count(1)
        self._folder = folder
        self._people_elsewhere()

    @property
    def target(self) -> MemoryTarget:
        return self.shop.target

    @property
    def rows(self) -> Rows:
        return list(self.clients.values()), list(self.contacts.values()), ()

    def keep(self) -> None:
        """Take a backup of the target and a copy of the journal."""
        self.met |= {user_id for user_id, _ in self.here.target.members}
        journal = self.rehearsal.keep_journal()
        self.nights.append(Night(self.here.kept(), journal, frozenset(self.met)))

    def happen(self, what: str, first: int, second: int) -> None:
        getattr(self, what)(first, second)

    # --- the legacy side ----------------------------------------------------------------------

    def a_client_comes(self, *_: int) -> None:
        number = next(self._numbers)
        self.clients[number] = self._client(number)
        self.company[number] = f"company {number}"

    def a_contact_comes(self, first: int, second: int) -> None:
        number, at = next(self._numbers), pick(self.clients, first)
        self.contacts[number] = contact(
            *(number, at, f"jane{number}@desk.example"),
            subaccount=str(min(second % 4, 1)),
            permissions=FLAGS[second % 3],
            invoice_emails="1",
        )

    def flags_are_edited(self, first: int, second: int) -> None:
        self._edit(first, permissions=",".join(FLAGS[: second % 4]))

    def the_tick_is_moved(self, first: int, second: int) -> None:
        self._edit(first, subaccount=str(second % 2))

    def a_contact_is_renamed(self, first: int, _: int) -> None:
        self._edit(first, email=f"jane.new{next(self._numbers)}@desk.example")

    def a_contact_moves(self, first: int, second: int) -> None:
        self._edit(first, client_id=pick(self.clients, second))

    def a_contact_goes(self, first: int, _: int) -> None:
        if self.contacts:
            del self.contacts[pick(self.contacts, first)]

    def a_client_is_renamed(self, first: int, _: int) -> None:
        number = pick(self.clients, first)
        address = f"olga.new{next(self._numbers)}@firm.example"
        self.clients[number] = changed(self.clients[number], email=address)

    def clients_are_merged(self, first: int, second: int) -> None:
        gone, heir = pick(self.clients, first), pick(self.clients, second)
        if gone == heir:
            return
        del self.clients[gone], self.company[gone]
        for number, row in self.contacts.items():
            if row.client_id == gone:
                self.contacts[number] = changed(row, client_id=heir)

    def a_number_is_given_to_another_client(self, first: int, _: int) -> None:
        """Build the legacy system anew: a client's number is another company's."""
        number, other = pick(self.clients, first), next(self._numbers)
        self.clients[number] = changed(self._client(other), client_id=number)
        self.company[number] = f"company {other}"
        self.contacts = {
            contact_id: row for contact_id, row in self.contacts.items() if row.client_id != number
        }

    # --- the target ---------------------------------------------------------------------------

    def somebody_accepts(self, first: int, _: int) -> None:
        if self.target.invites:
            client_id, email, _keys = pick(self.target.invites, first)
            self.target.accept(email, client_id)

    def a_user_takes_another_address(self, first: int, _: int) -> None:
        target = self.target
        if not target.members:
            return
        user_id, _client = pick(target.members, first)
        former = target.users[user_id]
        address = f"mail{next(self._numbers)}@else.example"
        del target.user_ids[former.email]
        target.add_user(changed(former, email=address), user_id)
        if user_id in self.met:
            self.given_up[former.email] = user_id

    def an_owner_removes_a_member(self, first: int, _: int) -> None:
        if self.target.members:
            del self.target.members[pick(self.target.members, first)]

    def an_account_gets_another_owner(self, first: int, _: int) -> None:
        """Sell an account: whoever bought it knows nobody of the company that had it."""
        if self.target.accounts:
            client_id = pick(self.target.accounts, first)
            self.target.owners[client_id] = self._stranger()
            self.shop.company[client_id] = STRANGER

    def a_contact_moves_in_the_target(self, first: int, second: int) -> None:
        target = self.target
        if target.contacts:
            contact_id = pick(target.contacts, first)
            there = target.accounts[pick(target.accounts, second)].ref
            target.contacts[contact_id] = changed(target.contacts[contact_id], account=there)

    def a_stranger_signs_up(self, *_: int) -> None:
        self._sign_up(self.shop)

    def two_accounts_change_numbers(self, first: int, second: int) -> None:
        """Import the target into a new one, which numbers otherwise."""
        target = self.target
        if not target.accounts:
            return
        one_id, other_id = pick(target.accounts, first), pick(target.accounts, second)
        swap = {one_id: other_id, other_id: one_id}
        refs = {target.accounts[key].ref: target.accounts[to].ref for key, to in swap.items()}
        target.accounts = {
            swap.get(key, key): changed(account, ref=refs.get(account.ref, account.ref))
            for key, account in target.accounts.items()
        }
        target.contacts = {
            key: changed(row, account=refs.get(row.account, row.account))
            for key, row in target.contacts.items()
        }
        target.members = {
            (user_id, swap.get(key, key)): held for (user_id, key), held in target.members.items()
        }
        target.invites = [(swap.get(key, key), *rest) for key, *rest in target.invites]  # type: ignore[misc]
        for table in (target.owners, target.created, self.shop.company):
            moved = {swap.get(key, key): value for key, value in table.items()}
            table.clear()
            table.update(moved)

    def the_target_is_put_back(self, first: int, second: int) -> None:
        """To an older backup; some of the numbers that are free again go to new customers."""
        if self.nights:
            self.here.put_back(pick(self.nights, first).shop)
            self.given_up.clear()  # who has which address is again as in the backup
            for _ in range(second % 3):
                self._sign_up(self.here)

    def the_config_names_another_installation(self, *_: int) -> None:
        self.shop = self.elsewhere if self.shop is self.here else self.here
        self.rehearsal.target = self.shop.target

    # --- journal and clock --------------------------------------------------------------------

    def an_older_journal_is_put_back(self, first: int, _: int) -> None:
        if self.nights:
            night = pick(self.nights, first)
            self.rehearsal.put_back_journal(night.journal)
            self.met = set(night.met)
            unknown = {mail for mail, user_id in self.given_up.items() if user_id not in self.met}
            for address in unknown:
                del self.given_up[address]

    def the_clock_is_wrong(self, first: int, second: int) -> None:
        days = (-3, -1, 40, 9)[first % 4] if second % 2 else 1
        self.rehearsal.now += timedelta(days=days)

    def a_week_passes(self, *_: int) -> None:
        self.rehearsal.wait(8)

    # --- small parts --------------------------------------------------------------------------

    def _client(self, number: int) -> LegacyClient:
        address = f"olga{number}@firm.example"
        return client(number, address, last_name=f"Owner{number}", company="Acme Ltd")

    def _edit(self, which: int, **columns: Any) -> None:
        if self.contacts:
            number = pick(self.contacts, which)
            self.contacts[number] = changed(self.contacts[number], **columns)

    def _stranger(self, shop: Shop | None = None) -> str:
        target = (shop or self.shop).target
        return target.add_user(User(f"sue{next(self._numbers)}@stranger.example", "Sue", "Strange"))

    def _sign_up(self, shop: Shop) -> None:
        """Let a customer come whom no legacy row knows, with a member and a contact."""
        target, before = shop.target, set(shop.target.accounts)
        number = next(self._numbers)
        owner = self._stranger(shop)
        target.load(clients=[{"email": target.users[owner].email, "companyname": "Acme Ltd"}])
        (client_id,) = set(target.accounts) - before
        target.owners[client_id] = owner
        target.members[self._stranger(shop), client_id] = permissions(["tickets"])
        target.load(contacts=[{"client_id": client_id, "email": f"c{number}@stranger.example"}])
        shop.company[client_id] = STRANGER

    def _people_elsewhere(self) -> None:
        for _ in range(4):
            self._sign_up(self.elsewhere)


def pick(items: Any, which: int) -> Any:
    items = list(items)
    return items[which % len(items)]
