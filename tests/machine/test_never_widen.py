"""Never widen, tried on random populations: I1, I2, I6, I11 and I13.

What a legacy row gives is worked out here by a reader of its own, which shares no code with syncd.
"""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from altered import changed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from people import client, contact, convert_all
from rehearsal import Rehearsal, settings_with

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.convert.rows import Rules
from syncd.model.disposition import Disposition
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.policy import Fuses, People, Policy
from syncd.model.resources import Membership
from syncd.model.verdict import Word
from syncd.targets.memory import MemoryTarget

MAPPING = load_mapping("whmcs-7")
RULES = Rules(flag_reader(MAPPING), people=People(reserved_domains=frozenset()))

# --- what legacy rows give, read without syncd ----------------------------------------------

LABELS = {
    "modify master account profile": "profile",
    "view & manage contacts": "contacts",
    "view products & services": "products",
    "view & modify product passwords": "manageproducts",
    "perform single sign-on": "productsso",
    "view domains": "domains",
    "manage domain settings": "managedomains",
    "view & pay invoices": "invoices",
    "view & accept quotes": "quotes",
    "view & open support tickets": "tickets",
    "view & manage affiliate account": "affiliates",
    "view emails": "emails",
    "place new orders/upgrades/cancellations": "orders",
}
KEYS = sorted(LABELS.values())
BLANKS = " \t\r\n\u00a0\u200b"
DOMAINS = {"bücher.example": "xn--bcher-kva.example"}


def given_by(column: str | None) -> frozenset[str]:
    """Read what a `permissions` column gives at most."""
    text = (column or "").replace("&amp;", "&").strip()
    if text.startswith("a:"):
        pairs = re.findall(r'(?:i:\d+|s:\d+:"([^"]*)");(?:s:\d+:"([^"]*)"|b:([01]));', text)
        whole = len(pairs) == int(text.split(":")[1]) and text.endswith("}")
        words = [key if flag == "1" else "" if flag else value for key, value, flag in pairs]
        return flags(words) if whole else frozenset()
    if text.startswith(("[", "{")):
        try:
            value = json.loads(text)
        except ValueError:
            return frozenset()
        return flags(key for key in value if isinstance(value, list) or value[key])
    if all(word in KEYS for word in text.lower().split()):
        return flags(text.split())
    return flags(re.split(r"[,;|\n]", text))


def flags(words: Iterable[str]) -> frozenset[str]:
    folded = (" ".join(word.lower().split()) for word in words)
    return frozenset(LABELS.get(word, word) for word in folded if {word} & {*KEYS, *LABELS})


def person(address: str | None) -> str:
    local, _, domain = (address or "").strip(BLANKS).lower().rpartition("@")
    return f"{local}@{DOMAINS.get(domain, domain)}"


def logs_in(row: LegacyContact) -> bool:
    return (row.subaccount or "").strip().lower() in {"1", "on", "true"}


def rights(
    clients: Iterable[LegacyClient], contacts: Iterable[LegacyContact]
) -> dict[tuple[int, str], frozenset[str]]:
    """Give what every sub-account row of a person on an account gives; nothing for its owner."""
    owners = {row.client_id: person(row.email) for row in clients}
    found: dict[tuple[int, str], frozenset[str]] = {}
    for row in contacts:
        place = row.client_id, person(row.email)
        if not logs_in(row) or owners.get(row.client_id) in (None, place[1]):
            continue
        gives = given_by(row.permissions)
        found[place] = found.get(place, gives) & gives
    return found


# --- random rows ----------------------------------------------------------------------------


def php_list(keys: list[str]) -> str:
    items = "".join(f'i:{n};s:{len(key)}:"{key}";' for n, key in enumerate(keys))
    return f"a:{len(keys)}:{{{items}}}"


def php_map(keys: list[str]) -> str:
    items = "".join(f's:{len(key)}:"{key}";b:{int(key in keys)};' for key in KEYS)
    return f"a:{len(KEYS)}:{{{items}}}"


def labels(keys: list[str]) -> str:
    return ",".join(label.title() for label, key in LABELS.items() if key in keys)


WRITTEN: list[Callable[[list[str]], str]] = [
    ",".join,
    ", ".join,
    ";".join,
    "|".join,
    "\n".join,
    "  ".join,
    labels,
    php_list,
    php_map,
    json.dumps,
    lambda keys: ",".join(keys).upper() + ",",
    lambda keys: labels(keys).replace("&", "&amp;"),
    lambda keys: json.dumps({key: key in keys for key in KEYS}),
]
FLAGS = st.builds(
    lambda write, keys: write(keys),
    st.sampled_from(WRITTEN),
    st.lists(st.sampled_from(KEYS), unique=True, max_size=6) | st.just(KEYS),
)
ODD_FLAGS = st.sampled_from(
    ["", None, " , ", "managebilling", "invoices,view invoices", "orders tickets,emails", "*",
     '["invoices"', 'a:1:{i:0;s:8:"invoices"', "O:8:", "N;", "invoices,\u0442ickets"]
)  # fmt: skip
# Few people on few accounts, mostly ticked: twins and owners must meet often to be worth a try.
MARKS = st.sampled_from([*["1"] * 9, "on", " TRUE", "0", "", None, "maybe"])
NAMES = st.sampled_from([*["Jane"] * 6, "J.", "Jáne", "Bob", ""])
SPELLINGS: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.title,
    lambda address: f" {address}\t",
    lambda address: f"\u00a0\u200b{address}\n",
]
PEOPLE = [
    "jane@dev.example", "bob@bolt.example", "info@shop.example", "o'hara@dev.example",
    "kim@bücher.example", "kim@xn--bcher-kva.example", "jane+shop@dev.example",
]  # fmt: skip
OWNERS = [f"owner{number}@acme.example" for number in range(4)]
ADDRESSES = st.builds(
    lambda spell, address: spell(address),
    st.sampled_from(SPELLINGS),
    st.sampled_from(PEOPLE[:2] * 4 + PEOPLE + OWNERS),
)


def clients_with(owners: st.SearchStrategy[str | None]) -> st.SearchStrategy[list[LegacyClient]]:
    row = st.builds(
        client,
        st.integers(1, 4),
        owners,
        first_name=NAMES,
        company=st.sampled_from(["", "Acme Ltd"]),
        status=st.sampled_from(["Active", "Active", "Inactive", "Closed"]),
    )
    return st.lists(row, min_size=2, max_size=4, unique_by=lambda one: one.client_id)


def contacts_with(
    addresses: st.SearchStrategy[str | None], accounts: st.SearchStrategy[int], most: int
) -> st.SearchStrategy[list[LegacyContact]]:
    row = st.builds(
        contact,
        st.integers(1, 500),
        accounts,
        addresses,
        first_name=NAMES,
        subaccount=MARKS,
        permissions=FLAGS | ODD_FLAGS,
        invoice_emails=st.sampled_from(["1", "0", None]),
    )
    return st.lists(row, min_size=most // 2, max_size=most, unique_by=lambda one: one.contact_id)


ODD_ADDRESSES = st.one_of(
    ADDRESSES, ADDRESSES, ADDRESSES, st.sampled_from([None, "", "john@", "a b@x.example"])
)


@given(
    clients_with(ODD_ADDRESSES),
    contacts_with(ODD_ADDRESSES, st.sampled_from([1, 1, 2, 2, 3, 4, 5]), most=12),
    st.sampled_from(["skip", "owner", "all"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_membership_never_gives_more_than_every_row_of_that_person_gives(
    clients: list[LegacyClient], contacts: list[LegacyContact], closed: str, random: Random
) -> None:
    rules = changed(RULES, closed=closed)
    allowed = rights(clients, contacts)

    story = convert_all(clients, contacts, rules)

    members = [one for one in story.resources if isinstance(one, Membership)]
    for member in members:
        place = int(member.account.partition("/")[2]), member.email
        # Every key given by all rows, no other; hence none for owners and for plain contacts.
        assert set(member.permissions) == allowed[place]
        assert member.permissions
    random.shuffle(clients)
    random.shuffle(contacts)
    assert convert_all(clients, contacts, rules) == story
    if closed == "all":
        made = {(int(one.account.partition("/")[2]), one.email) for one in members}
        assert made == {place for place, keys in allowed.items() if keys and place[1] != "@"}


# --- the whole path -------------------------------------------------------------------------

SETTINGS = settings_with(
    rules=RULES,
    mapping=MAPPING,
    policy=Policy(),
    fuses=Fuses(),
    matches={"legacy": "same-id"},
)


@st.composite
def populations(
    draw: st.DrawFn,
) -> tuple[list[LegacyClient], list[LegacyContact], MemoryTarget]:
    """Draw legacy rows, and a target that has some of the accounts with members of their own."""
    addresses = draw(st.permutations([*OWNERS, *PEOPLE[:3]]))
    clients = [
        client(number, address, first_name=draw(NAMES), status=draw(st.sampled_from(
            ["Active", "Active", "Active", "Closed"])))
        for number, address in enumerate(addresses[: draw(st.integers(1, 5))], start=1)
    ]  # fmt: skip
    contacts = draw(contacts_with(ODD_ADDRESSES, st.integers(1, len(clients) + 1), most=25))
    target = MemoryTarget("shop")
    for row in clients:
        if draw(st.booleans()):
            user = {"id": row.client_id, "email": row.email}
            target.load(
                clients=[{"id": row.client_id, "email": row.email}],
                users=[user],
                memberships=[{"client_id": row.client_id, "user_id": row.client_id, "owner": True}],
            )
    known = sorted(target.accounts)
    for place, address in enumerate(PEOPLE[:4]):
        if known and draw(st.booleans()) and address not in target.user_ids:
            keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3))
            target.load(
                users=[{"id": 100 + place, "email": address}],
                memberships=[
                    {
                        "client_id": draw(st.sampled_from(known)),
                        "user_id": 100 + place,
                        "permissions": keys,
                    }
                ],
            )
    return clients, contacts, target


@given(populations())
@settings(
    max_examples=10,
    deadline=None,
    # Two whole runs each: a population is small enough to be read as it is.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_a_migration_gives_nobody_more_and_its_second_run_changes_nothing(
    population: tuple[list[LegacyClient], list[LegacyContact], MemoryTarget],
) -> None:
    clients, contacts, target = population
    there = dict(target.members)
    owners = dict(target.owners)
    allowed = rights(clients, contacts)

    with tempfile.TemporaryDirectory() as folder, Rehearsal(Path(folder), target, SETTINGS) as all_:
        first = all_.run(clients, contacts)
        all_.accept_all()
        writes = target.writes
        second = all_.run(clients, contacts)

    assert not first.planned.refusals
    assert set(first.applied.outcomes) <= {"applied"}
    assert second.to_apply == []
    assert target.writes == writes
    assert second.findings == first.findings

    numbers = {account.email: int(client_id) for client_id, account in target.accounts.items()}
    legacy = {numbers[person(row.email)]: row.client_id for row in clients
              if person(row.email) in numbers}  # fmt: skip
    for (user_id, client_id), keys in target.members.items():
        place = legacy[int(client_id)], target.users[user_id].email
        mine = there.get((user_id, client_id))
        assert keys == mine or set(keys) <= allowed[place]
        assert target.owners[client_id] != user_id
    assert {ref: owner for ref, owner in target.owners.items() if ref in owners} == owners

    assert sum(first.planned.dispositions.values()) == len(contacts)
    for change, verdict in first.changes:
        assert change.reason
        assert (verdict.word is Word.APPLY) != bool(verdict.rule)
    kept = Counter(first.planned.dispositions)
    gone = kept[Disposition.BLOCKED] + kept[Disposition.EXCLUDED]
    made = [change for change, _ in first.changes if change.kind == "contact"]
    assert len(made) == len(contacts) - gone
