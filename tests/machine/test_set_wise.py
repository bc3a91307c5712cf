"""What is converted and judged in sets comes out as what is taken row by row."""

import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from noted import listed, noted
from people import client, contact
from rehearsal import settings_with, sources_of
from test_never_widen import FLAGS, MAPPING, MARKS, NAMES, ODD_ADDRESSES, ODD_FLAGS, RULES

from syncd.convert.ordinary import pattern
from syncd.convert.reading import read_client
from syncd.convert.rows import with_terms
from syncd.journal.journal import Journal
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyStaff
from syncd.model.policy import Accounts, Fuses, Policy, Staff
from syncd.pipeline import make_plan
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LONELY = st.integers(1, 99).map(lambda number: f"Person{number}@firm.example")
# Of those that need a look, and of those that are plain but for blanks and capitals.
DOUBTED = st.sampled_from([
    " Dana@Dev.example ", "info@firm.example", "deleted-7@gone.invalid", "eva--x@a--b.example",
    "x" * 65 + "@firm.example", "o&#039;brien@firm.example", "person@90071992547409.example",
    "zqstandinqz@firm.example", "jörg@firm.example", "a@b", "ann@corp.staff.example",
])  # fmt: skip
ADDRESSES = st.one_of(LONELY, LONELY, LONELY, ODD_ADDRESSES, DOUBTED, st.just("billing@x.example"))
TEXTS = st.sampled_from([
    None, "", "Müller", "MÃ¼ller", "Žižek", "Mu\u0308ller", "Иван", "R&amp;D", 'The "Old" \\ Mill',
    "a\tb", "O'Neill  ", "x" * 256, "zqstandinqz", "\\xc3", "日本",
])  # fmt: skip
WORDS = {"first_name": NAMES | TEXTS, "last_name": st.sampled_from(["Doe", " Doe ", None])}
CLIENTS = st.lists(
    st.builds(
        client,
        st.integers(1, 8),
        ADDRESSES,
        company=TEXTS,
        status=st.sampled_from(["Active", "Active", "Inactive", "Closed"]),
        language=st.sampled_from(["", "german", "klingon"]),
        two_factor=st.sampled_from(["", "totp"]),
        currency=st.sampled_from(["1", "2", None]),
        billing_contact=st.sampled_from(["", "0", " 7", "7", "x", "90071992547409", None]),
        email_preferences=st.sampled_from([None, '{"invoice":0}']),
        notes=st.sampled_from([None, "1"]),
        marketing=MARKS,
        **WORDS,
    ),
    min_size=5,
    max_size=8,
    unique_by=lambda row: row.client_id,
)
CONTACTS = st.lists(
    st.builds(
        contact,
        st.integers(1, 500),
        st.integers(1, 8),
        ADDRESSES,
        company=TEXTS,
        # Few values, so that several are alike but for one of them.
        subaccount=st.sampled_from(["1", "1", "0", "0", "maybe"]),
        permissions=st.sampled_from([None, "", "invoices", "invoices"]) | FLAGS | ODD_FLAGS,
        password=st.sampled_from([None, "none", "bcrypt"]),
        general_emails=st.sampled_from(["1", "0", "0", "maybe"]),
        **WORDS,
    ),
    min_size=15,
    max_size=40,
    unique_by=lambda row: row.contact_id,
)
POLICIES = st.builds(
    Policy,
    users=st.sampled_from(["by-invite", "create-first"]),
    closed=st.sampled_from(["skip", "owner", "all"]),
    excluded=st.sampled_from([frozenset(), frozenset({"legacy/3", "person5@firm.example"})]),
    protected=st.sampled_from([frozenset(), frozenset({"legacy/4", "person6@firm.example"})]),
)


class Large(Workspace):
    """A workspace that takes any population for a large one."""

    few = 0


@given(CLIENTS, CONTACTS, POLICIES, st.booleans())
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a whole plan each, twice
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_sets_and_single_rows_come_to_the_same_plan(
    clients: list[LegacyClient],
    contacts: list[LegacyContact],
    policy: Policy,
    create_missing: bool,  # noqa: FBT001 (Hypothesis draws it)
) -> None:
    staff = Staff(frozenset({"staff.example"}), frozenset({"person8@firm.example"}))
    rules = settings_with(
        rules=msgspec.structs.replace(RULES, staff=staff),
        mapping=MAPPING,
        policy=policy,
        accounts=Accounts(create_missing=create_missing),
        fuses=Fuses(),
        matches={"legacy": "same-id"},
    )
    single, at_once = (planned(kind, clients, contacts, rules) for kind in (Workspace, Large))
    assert at_once == single


# Values of which convert makes something, one beside the other, in rows that are alike otherwise.
TRAITS: dict[str, tuple[Any, ...]] = {
    "subaccount": ("0", "1"),
    "permissions": ("", "invoices"),
    "password": ("none", "bcrypt"),
    "general_emails": ("0", "1"),
    "domain_emails": ("0", "1"),
    "client_id": (1, 2),
}


def test_rows_that_differ_in_one_value_alone_are_of_two_sorts() -> None:
    clients = [
        client(1, "Person1@firm.example"),
        client(2, "Person2@firm.example", status="Closed"),
    ]
    plain = {"client_id": 1, "subaccount": "0", "permissions": "", "password": "none"}
    rows = [
        plain | {name: value} for name, values in TRAITS.items() for value in (*values, values[0])
    ]
    contacts = [
        contact(number, row.pop("client_id"), f"Person{number}@shop.example", **row)
        for number, row in enumerate(rows, start=11)
    ]
    rules = settings_with(
        rules=RULES, mapping=MAPPING, policy=Policy(), fuses=Fuses(), matches={"legacy": "same-id"}
    )
    single, at_once = (planned(kind, clients, contacts, rules) for kind in (Workspace, Large))
    assert at_once == single
    assert len({finding.code for finding in single[3]}) > 1


# Texts that stand for a row's own values where they are filled in.
STANDINS = ("9007199254740901", "zqstandinqz@zqstandinqz.com")


def test_what_passes_for_a_row_s_own_value_stays_what_it_is_where_rows_share_it() -> None:
    fields = ("source", "language", "status", "currency", "group", "two_factor")
    texts = enumerate((field, text) for field in fields for text in STANDINS)
    clients = [
        client(number, f"Person{number}@firm.example", **{field: text})
        for number, (field, text) in texts
    ]
    rules = settings_with(
        rules=RULES, mapping=MAPPING, policy=Policy(), fuses=Fuses(), matches={"legacy": "same-id"}
    )
    single, at_once = (planned(kind, clients, [], rules) for kind in (Workspace, Large))
    assert at_once == single


@pytest.mark.parametrize("name", ["EUR", *STANDINS])
def test_no_pattern_has_a_name_that_passes_for_a_row_s_own_value(name: str) -> None:
    reading = read_client(client(1, "Person1@firm.example", currency="1"))
    rules = with_terms(RULES, {("legacy", "currency", "1"): name})
    made = pattern(reading, rules, is_closed=False, is_billed=False)
    assert (made is None) == (name in STANDINS)


def test_no_number_is_too_small_for_rows_that_are_taken_in_at_once() -> None:
    clients = [client(number, f"Person{number + 2**63}@firm.example") for number in (-(2**63), 7)]
    contacts = [
        contact(-(2**63), 7, "Person8@firm.example"),
        contact(11, -(2**63), "Person9@firm.example"),
    ]
    rules = settings_with(
        rules=RULES, mapping=MAPPING, policy=Policy(), fuses=Fuses(), matches={"legacy": "same-id"}
    )
    single, at_once = (planned(kind, clients, contacts, rules) for kind in (Workspace, Large))
    assert at_once == single


def planned(
    kind: type[Workspace], clients: list[LegacyClient], contacts: list[LegacyContact], rules: Any
) -> tuple[Any, ...]:
    staff = [LegacyStaff("legacy", "person7@firm.example")]
    with (
        tempfile.TemporaryDirectory() as folder,
        kind(Path(folder) / "workspace.duckdb") as workspace,
        Journal.open(Path(folder) / "journal.sqlite", "shop") as journal,
    ):
        target = MemoryTarget("shop")
        made = make_plan(
            sources_of(clients, contacts, staff=staff), target.reader(), workspace, journal,
            rules, NOW, lambda *_: None,
        )  # fmt: skip
        bodies = Counter(workspace.stream("FROM desired"))
        found = noted(workspace)
        staged = [
            list(workspace.stream(f"SELECT * EXCLUDE form FROM {table} ORDER BY source, {number}"))  # noqa: S608
            for table, number in (("clients", "client_id"), ("contacts", "contact_id"))
        ]
        return made.tally, made.dispositions, bodies, found, listed(workspace), staged
