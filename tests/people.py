"""Invented legacy rows, and convert run over all of them: for the tests of the pure core.

`convert_all` checks what holds for every story: the order of the rows does not matter (I13), every
contact has one disposition, every finding has a code of the catalogue and a scope that names
something.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from syncd.convert.convert import convert
from syncd.convert.permissions import flag_reader
from syncd.convert.reading import read_client, read_contact
from syncd.convert.rows import Rules
from syncd.model.disposition import Disposition
from syncd.model.finding import CATALOGUE, Finding
from syncd.model.flags import FlagReader, PermissionMap
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.permission import ALL, Permissions
from syncd.model.policy import People
from syncd.model.reading import AccountFacts, ClientReading, Entry, Identity, Reading, address
from syncd.model.resources import Account, Contact, Membership, Resource, User

MAPPING = PermissionMap(
    "test",
    permissions={key: key for key in ALL},
    aliases={"View & Pay Invoices": "invoices", "View Emails": "emails"},
)
# Our people live on `.example`.
RULES = Rules(flag_reader(MAPPING), people=People(reserved_domains=frozenset()))

_SCOPE = re.compile(
    r"account:\w+/-?\d+|contact:\w+/\d+|user:\S.*|membership:\w+/-?\d+:.*", re.DOTALL
)


def client(client_id: int, email: str | None, **fields: Any) -> LegacyClient:
    """Give a client called Olga Owner, Active."""
    values: dict[str, Any] = {
        "source": "legacy",
        "first_name": "Olga",
        "last_name": "Owner",
        "status": "Active",
    }
    return LegacyClient(client_id=client_id, email=email, **values | fields)


def contact(contact_id: int, client_id: int, email: str | None, **fields: Any) -> LegacyContact:
    """Give a plain contact called Jane Doe."""
    values: dict[str, Any] = {
        "source": "legacy",
        "first_name": "Jane",
        "last_name": "Doe",
        "subaccount": "0",
    }
    return LegacyContact(contact_id=contact_id, client_id=client_id, email=email, **values | fields)


def sub(
    contact_id: int,
    client_id: int,
    email: str | None,
    permissions: str | None = "invoices",
    **fields: Any,
) -> LegacyContact:
    """Give a sub-account called Jane Doe who may see invoices."""
    values = {"subaccount": "1", "permissions": permissions}
    return contact(contact_id, client_id, email, **values | fields)


class Story(NamedTuple):
    """What convert made of all rows; findings and resources sorted."""

    resources: list[Resource]
    findings: list[Finding]
    dispositions: Counter[Disposition]

    @property
    def members(self) -> dict[str, Permissions]:
        """Permissions by `<account> <address>`."""
        members = (one for one in self.resources if isinstance(one, Membership))
        return {f"{one.account} {one.email}": one.permissions for one in members}

    @property
    def accounts(self) -> dict[str, Account]:
        return {one.ref: one for one in self.resources if isinstance(one, Account)}

    @property
    def contacts(self) -> dict[str, Contact]:
        return {one.contact_id: one for one in self.resources if isinstance(one, Contact)}

    @property
    def users(self) -> dict[str, User]:
        return {one.email: one for one in self.resources if isinstance(one, User)}

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]

    def the(self, code: str) -> Finding:
        """Give the only finding of that code."""
        (finding,) = (one for one in self.findings if one.code == code)
        return finding


def convert_all(
    clients: Sequence[LegacyClient], contacts: Sequence[LegacyContact], rules: Rules = RULES
) -> Story:
    """Convert all identities of these rows, in both orders of the rows."""
    story = _converted(gather(clients, contacts, rules.read_flags), rules)
    assert story == _converted(gather(clients[::-1], contacts[::-1], rules.read_flags), rules)
    assert story.dispositions.total() == len(contacts)
    for finding in story.findings:
        assert finding.code in CATALOGUE
        assert _SCOPE.fullmatch(finding.scope), finding
    return story


def gather(
    clients: Iterable[LegacyClient], contacts: Iterable[LegacyContact], read_flags: FlagReader
) -> list[Identity]:
    """Read rows and gather them by identity as the workspace does, in the order they came in."""
    accounts = [read_client(row) for row in clients]
    facts = {
        client.account: AccountFacts(
            client.email, client.person, client.is_closed, client.is_erased
        )
        for client in accounts
    }
    people: dict[str, tuple[list[ClientReading], list[Entry]]] = {}
    for client in accounts:
        people.setdefault(client.identity, ([], []))[0].append(client)
    for row in contacts:
        contact = read_contact(row, read_flags)
        entry = Entry(contact, facts.get(contact.account))
        people.setdefault(contact.identity, ([], []))[1].append(entry)
    return [Identity(address(key), tuple(a), tuple(b)) for key, (a, b) in people.items()]


def read_all(
    rows: Iterable[LegacyClient | LegacyContact], read_flags: FlagReader | None = None
) -> Iterator[Reading]:
    """Read rows one by one, as the pipeline does."""
    for row in rows:
        if isinstance(row, LegacyClient):
            yield read_client(row)
        else:
            yield read_contact(row, read_flags or RULES.read_flags)


def _converted(identities: Iterable[Identity], rules: Rules) -> Story:
    story = Story([], [], Counter())
    for identity in identities:
        made = convert(identity, rules)
        story.resources.extend(made.resources)
        story.findings.extend(made.findings)
        story.dispositions.update(made.dispositions)
    story.resources.sort(key=lambda one: one.key)
    story.findings.sort(key=lambda one: (one.code, one.scope, one.contact_id, one.detail))
    return story
