"""A row is read once: convert, report and `explain` say of nasty rows what their reading says."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from people import read_all
from rehearsal import sources_of
from rich.console import Console
from rich.tree import Tree
from test_never_widen import (
    FLAGS,
    MARKS,
    NAMES,
    ODD_ADDRESSES,
    ODD_FLAGS,
    RULES,
    SETTINGS,
    clients_with,
)

from syncd.cli.anew import explain
from syncd.journal.journal import Journal
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.permission import Permissions, permissions
from syncd.model.reading import ContactReading, address
from syncd.model.resources import PREFERENCES, Contact, Membership, Resource
from syncd.report.access import accesses, weigh
from syncd.report.recipients import recipients
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NASTY_MARKS = MARKS | st.sampled_from(["2", "off", "yes", " 0 ", "\u00a01", "01", "-1"])
CONTACTS = st.lists(
    st.builds(
        LegacyContact,
        st.just("legacy"),
        st.integers(1, 500),
        st.integers(1, 5),
        first_name=NAMES | st.sampled_from(["J&amp;J", " \u200bJane", "Jane&nbsp;"]),
        last_name=st.sampled_from(["Doe", None, " "]),
        company=st.sampled_from([None, "", "R&amp;amp;D"]),
        email=ODD_ADDRESSES,
        subaccount=NASTY_MARKS,
        permissions=FLAGS | ODD_FLAGS,
        password=st.sampled_from([None, "none", "bcrypt", "md5"]),
        **{f"{name}_emails": NASTY_MARKS for name in PREFERENCES},
    ),
    min_size=3,
    max_size=10,
    unique_by=lambda row: row.contact_id,
)


def read(contacts: Iterable[LegacyContact]) -> list[ContactReading]:
    readings = read_all(contacts, RULES.read_flags)
    return [reading for reading in readings if isinstance(reading, ContactReading)]


def given_to(logins: Iterable[ContactReading]) -> dict[tuple[str, str], set[Permissions]]:
    """Give what the rows of each login give, by account and identity."""
    found: dict[tuple[str, str], set[Permissions]] = {}
    for login in logins:
        place = login.account, login.identity
        found.setdefault(place, set()).add(login.flags.permissions)
    return found


@given(clients_with(ODD_ADDRESSES), CONTACTS)
@settings(
    max_examples=12,
    deadline=None,
    # A whole plan each: a population is small enough to be read as it is.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_convert_report_and_explain_say_what_the_reading_says(
    clients: list[LegacyClient], contacts: list[LegacyContact]
) -> None:
    readings = read(contacts)
    asked = readings[0]
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace(Path(folder) / "workspace.duckdb") as workspace,
        Journal.open(Path(folder) / "journal.sqlite", "shop") as journal,
    ):
        tree = explain(
            f"contact:{asked.contact_id}", list(sources_of(clients, contacts)),
            MemoryTarget("shop"), workspace, journal, SETTINGS, NOW, lambda *_: None,
        )  # fmt: skip
        bodies = workspace.stream("SELECT body FROM desired")
        desired = [msgspec.json.decode(body, type=Resource) for (body,) in bodies]
        weigh(workspace, str)
        access = Counter(
            (login.account, login.email, login.before) for login in accesses(workspace)
        )
        list(recipients(workspace))
        query = "SELECT account, email, mail FROM legacy_mail"
        mailed = Counter((*who, tuple(mail)) for *who, mail in workspace.stream(query))

    logins = given_to(reading for reading in readings if reading.login)
    check_resources(desired, {reading.contact_id: reading for reading in readings}, logins)
    assert access == Counter(
        (account, address(identity), permissions(key for keys in sets for key in keys))
        for (account, identity), sets in logins.items()
    )
    kept = {resource.contact_id for resource in desired if isinstance(resource, Contact)}
    assert mailed == Counter(
        (reading.account, reading.email, reading.mail)
        for reading in readings
        if reading.email and reading.contact_id in kept
    )
    check_explained(tree, asked)


def check_resources(
    desired: Iterable[Resource],
    rows: Mapping[str, ContactReading],
    logins: Mapping[tuple[str, str], set[Permissions]],
) -> None:
    for resource in desired:
        match resource:
            case Contact():
                row = rows[resource.contact_id]
                assert (resource.account, resource.email) == (row.account, row.email)
                assert (resource.preferences, resource.profile) == (row.mail, row.profile)
            case Membership():
                sets = logins[resource.account, resource.email]
                assert set(resource.permissions) == set.intersection(*map(set, sets))


def check_explained(tree: Tree, contact: ContactReading) -> None:
    console = Console(width=1000)
    with console.capture() as printed:
        console.print(tree)
    _, _, after = printed.get().partition(f"contact {contact.contact_id} of {contact.account} ")
    lines = [line.strip("│├└─ ") for line in after.partition("contact legacy/")[0].splitlines()]

    assert f"mail: {', '.join(contact.mail) or 'none'}" in lines
    shown = {line.partition(":")[0] for line in lines} & {"a login", "no login"}
    assert shown == {"a login" if contact.login else "no login"}
    if contact.login:
        assert f"gives: {', '.join(contact.flags.permissions) or 'nothing'}" in lines
