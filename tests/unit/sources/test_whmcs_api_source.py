"""The API of an old WHMCS as a source, where it answers what the sandbox does not."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
import responses
import stamina

from syncd.cli.words import explain_error
from syncd.errors import (
    ActionRefused,
    IncompleteRead,
    NotLegacy,
    SourceUnavailable,
    SyncdError,
    WriteRefused,
)
from syncd.model.connection import ApiConnection
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.ports import ProbedSource
from syncd.sources.listing import Spool
from syncd.sources.whmcs_api import ACTIONS, WhmcsApiSource
from syncd.wire.client import ReadingClient

API = "https://old.archer.example/includes/api.php"
SECRET = "s3cret-of-archer"  # noqa: S105 (of nobody)
BCRYPT = "$2y$10$" + "not.a.hash." * 4 + "not/a/has"

Row = dict[str, Any]
Change = Callable[["OldWhmcs"], object]


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def client(number: int, **fields: Any) -> Row:
    row = {"id": str(number), "firstname": "Alma", "lastname": "Archer", "companyname": ""}
    row |= {"email": f"c{number}@archer.example", "datecreated": "2016-01-01", "groupid": "0"}
    return row | {"status": "Active"} | fields


def contact(number: int, **fields: Any) -> Row:
    row = {"id": str(number), "userid": "1", "firstname": "Dana", "lastname": "Dean"}
    row |= {"email": f"p{number}@dean.example", "subaccount": "1", "password": BCRYPT}
    row |= {"permissions": "invoices"}
    kinds = ("general", "product", "domain", "invoice", "support", "affiliate")
    return row | {f"{kind}emails": "0" for kind in kinds} | fields


class OldWhmcs:
    """Answers as the documentation of 7.10 has it; a test bends what it needs bent."""

    def __init__(self) -> None:
        self.lists = {
            "GetClients": [client(number) for number in range(1, 8)],
            "GetContacts": [contact(number) for number in range(1, 8)],
        }
        self.whmcs: Any = {"version": "7.10.2", "canonicalversion": "7.10.2-release.1"}
        self.details: Row = {"address1": "1 Mill Lane", "language": "english", "billingcid": "3"}
        self.instead: dict[str, Any] = {}  # answered to an action, in place of what it would be
        self.bend: Callable[[str, Row], Row] = lambda _, body: body
        self.before: dict[int, Change] = {}  # by the number of the call
        self.calls: list[tuple[str, Row]] = []

    @property
    def actions(self) -> list[str]:
        return [action for action, _ in self.calls]

    def __call__(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        params = dict(parse_qsl(str(request.body), keep_blank_values=True))
        action = params["action"]
        self.calls.append((action, params))
        self.before.get(len(self.calls), lambda _: None)(self)
        if action in self.instead:
            status, body = self.instead[action]
            return status, {}, body if isinstance(body, str) else json.dumps(body)
        return 200, {}, json.dumps(self.bend(action, {"result": "success"} | self._body(params)))

    def _body(self, params: Row) -> Row:
        action = params["action"]
        if action == "GetAdminDetails":
            return {"adminid": 1} | ({"whmcs": self.whmcs} if self.whmcs else {})
        if action == "GetClientsDetails":
            wanted = params["clientid"]
            found = [row for row in self.lists["GetClients"] if row["id"] == wanted]
            if not found:
                return {"result": "error", "message": "Client Not Found"}
            details = found[0] | self.details | {"lastlogin": "Date: 03/10/2016<br>Host:"}
            return {"client": details} | details | {"result": "success"}
        rows = self.lists[action]
        start, size = int(params.get("limitstart", 0)), int(params.get("limitnum", 25))
        page = rows[start : start + size]
        name = action.removeprefix("Get").lower()
        counters = {"totalresults": str(len(rows)), "numreturned": str(len(page))}
        return counters | ({name: {name.removesuffix("s"): page}} if page else {})


@pytest.fixture
def old() -> Iterator[OldWhmcs]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        server = OldWhmcs()
        http.add_callback("POST", API, server)
        yield server


def source(*, details: bool = True, **changes: Any) -> WhmcsApiSource:
    known = {"url": API, "identifier": "us", "secret": SECRET, "page_size": 3}
    return WhmcsApiSource("old", ApiConnection(**known | changes), details=details)


def read(made: WhmcsApiSource) -> tuple[list[LegacyClient], list[LegacyContact]]:
    clients: list[LegacyClient] = []
    contacts: list[LegacyContact] = []
    for batch in made.extract():
        given = clients if batch.table is LegacyClient else contacts
        given += (batch.table(*row) for row in batch.rows)  # type: ignore[arg-type]
    return clients, contacts


def refused(kind: type[SyncdError], **options: Any) -> str:
    made = source(**options)
    with pytest.raises(kind) as caught:
        list(made.extract())
    told = f"{caught.value}{caught.value.__cause__!r}"
    assert SECRET not in told
    assert BCRYPT not in told
    return str(caught.value.fields["reason"])


# --- what it may do -------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["AddContact", "GetUsers", "WhmcsDetails", "getcontacts"])
def test_it_can_call_nothing_but_its_reading_actions(action: str, old: OldWhmcs) -> None:
    made: ReadingClient = source()._client

    with pytest.raises(WriteRefused):
        made.call(action)

    assert not hasattr(made, "write")
    assert old.calls == []


def test_a_reading_client_cannot_be_widened_to_writing(old: OldWhmcs) -> None:
    narrowed = source()._client
    widened = ReadingClient("old", narrowed._connection, ["AddContact"])

    with pytest.raises(WriteRefused):
        widened.call("AddContact")


def test_it_reads_by_four_actions_and_without_details_by_three(old: OldWhmcs) -> None:
    read(source())
    assert set(old.actions) == set(ACTIONS)
    old.calls.clear()

    made = source(details=False)
    read(made)

    assert set(old.actions) == set(made.actions) == set(ACTIONS) - {"GetClientsDetails"}


def test_nothing_is_read_before_it_is_asked_to(old: OldWhmcs) -> None:
    source().extract()
    assert old.calls == []


# --- what it gives --------------------------------------------------------------------------


def test_clients_are_completed_and_passwords_only_named(old: OldWhmcs) -> None:
    clients, contacts = read(source())

    assert [row.client_id for row in clients] == [row.contact_id for row in contacts]
    assert clients[0] == LegacyClient(
        "old",
        1,
        first_name="Alma",
        last_name="Archer",
        company="",
        email="c1@archer.example",
        address1="1 Mill Lane",
        status="Active",
        language="english",
        billing_contact="3",
        created_at="2016-01-01",
        group="0",
    )
    assert contacts[0].password == "bcrypt"  # noqa: S105


def test_what_is_not_shown_is_none_and_said(old: OldWhmcs) -> None:
    for row in old.lists["GetContacts"]:
        del row["password"], row["affiliateemails"]
    made = source(details=False)

    clients, contacts = read(made)

    assert {(row.address1, row.last_login, row.password) for row in clients} == {(None,) * 3}
    assert {(row.password, row.affiliate_emails) for row in contacts} == {(None, None)}
    told = " / ".join(made.provenance().remarks + made.provenance().hidden)
    assert "no snapshot" in told
    assert "without their details" in told
    assert "authmodule, datecreated" not in told
    assert "authmodule, lastlogin, currency, marketing_emails_opt_in, emailoptout, notes of" in told
    assert "affiliateemails, created_at, updated_at of tblcontacts: read as empty" in told


def test_the_same_row_in_any_type(old: OldWhmcs) -> None:
    typed = {"id": 1, "userid": 1, "subaccount": 1, "generalemails": True, "invoiceemails": False}
    old.lists["GetContacts"] = [contact(1, **typed)]

    _, (row,) = read(source())

    assert (row.contact_id, row.client_id, row.subaccount) == (1, 1, "1")
    assert (row.general_emails, row.invoice_emails) == ("1", "0")


def test_entities_and_null_pass_as_they_stand(old: OldWhmcs) -> None:
    old.lists["GetContacts"] = [contact(1, firstname="O&#039;Hara &amp; Co", permissions=None)]

    _, (row,) = read(source())

    assert (row.first_name, row.permissions) == ("O&#039;Hara &amp; Co", None)


@pytest.mark.parametrize(
    "shape", [lambda row: {"contact": row}, lambda row: {"contact": {"0": row}}, lambda row: [row]]
)
def test_one_contact_in_any_shape(shape: Callable[[Row], object], old: OldWhmcs) -> None:
    row = contact(1)
    reply = {"result": "success", "totalresults": 1, "numreturned": 1, "contacts": shape(row)}
    old.instead["GetContacts"] = (200, reply)

    _, contacts = read(source())

    assert [row.contact_id for row in contacts] == [1]


def test_details_that_stand_at_the_top_only(old: OldWhmcs) -> None:
    old.bend = lambda action, body: (
        {name: value for name, value in body.items() if name != "client"}
        if action == "GetClientsDetails"
        else body
    )

    clients, _ = read(source())

    assert {row.address1 for row in clients} == {"1 Mill Lane"}


def test_a_silent_cap_of_pages(old: OldWhmcs) -> None:
    def capped(action: str, body: Row) -> Row:
        for name in ("clients", "contacts"):
            for rows in body.get(name, {}).values():
                del rows[2:]
                body["numreturned"] = len(rows)
        return body

    old.bend = capped

    clients, contacts = read(source(page_size=250))

    assert (len(clients), len(contacts)) == (7, 7)


# --- what is no legacy WHMCS ----------------------------------------------------------------


@pytest.mark.parametrize("version", ["8.0.0", "8.13.1-release.1", "9.0.5", "10.0"])
def test_whmcs_8_is_refused_before_anything_is_read(version: str, old: OldWhmcs) -> None:
    old.whmcs = {"version": version}

    assert version in refused(NotLegacy)
    assert old.actions == ["GetAdminDetails"]


@pytest.mark.parametrize("whmcs", [None, {}, ""])
def test_a_version_that_is_not_shown_is_said(whmcs: Any, old: OldWhmcs) -> None:
    old.whmcs = whmcs
    made = source()

    read(made)

    assert made.provenance().version == ""
    assert any("does not show its version" in remark for remark in made.provenance().remarks)


@pytest.mark.parametrize(
    ("action", "column"),
    [
        ("GetContacts", "subaccount"),
        ("GetContacts", "permissions"),
        ("GetContacts", "invoiceemails"),
        ("GetContacts", "userid"),
        ("GetContacts", "email"),
        ("GetClients", "status"),
        ("GetClients", "email"),
    ],
)
def test_what_nothing_can_stand_in_for_is_a_refusal(
    action: str, column: str, old: OldWhmcs
) -> None:
    # In one row of many: an absent mark must not read as "no login" even once.
    del old.lists[action][4][column]

    assert f"{action} does not show {column}" in refused(NotLegacy)


# --- lists that are not whole ---------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    [
        {"totalresults": "9"},
        {"totalresults": "5"},
        {"totalresults": "0"},
        {"numreturned": "9"},
        {"numreturned": "0"},
    ],
)
@pytest.mark.parametrize("action", ["GetClients", "GetContacts"])
def test_counters_that_lie(action: str, lie: Row, old: OldWhmcs) -> None:
    old.bend = lambda called, body: body | lie if called == action else body

    assert f"{action} was read 3 times" in refused(IncompleteRead)


def test_a_container_that_is_missing_is_not_an_empty_list(old: OldWhmcs) -> None:
    old.instead["GetContacts"] = (200, {"result": "success", "totalresults": 4})

    assert "0 of 4 rows came" in refused(IncompleteRead)


def test_an_offset_that_is_not_heeded(old: OldWhmcs) -> None:
    old.bend = lambda action, body: (
        body | {"contacts": {"contact": old.lists[action][:3]}, "numreturned": 3}
        if action == "GetContacts"
        else body
    )

    assert "is no longer row" in refused(IncompleteRead)


def insert(old: OldWhmcs) -> None:
    old.lists["GetContacts"].append(contact(90))


def remove(old: OldWhmcs) -> None:
    del old.lists["GetContacts"][0]


def swap(old: OldWhmcs) -> None:
    """Remove one and add one: no counter tells."""
    remove(old)
    insert(old)


def rename(old: OldWhmcs) -> None:
    """Let a row move forward, as in a list ordered by names."""
    rows = old.lists["GetContacts"]
    rows.insert(0, rows.pop(5))


@pytest.mark.parametrize("moved", [insert, remove, swap, rename])
@pytest.mark.parametrize("call", [3, 4, 5])
def test_a_list_that_moves_is_read_again(moved: Change, call: int, old: OldWhmcs) -> None:
    old.before[call] = moved
    _, contacts = read(source())

    given = [row.contact_id for row in contacts]
    assert sorted(given) == sorted(int(row["id"]) for row in old.lists["GetContacts"])


def test_a_list_that_keeps_moving_is_given_up(old: OldWhmcs) -> None:
    old.before = dict.fromkeys((3, 6, 9, 12), swap)

    assert "is no longer row" in refused(IncompleteRead)


def test_nothing_is_given_of_a_list_that_is_not_whole(old: OldWhmcs) -> None:
    old.bend = lambda action, body: body | {"totalresults": 9} if action == "GetClients" else body
    batches = source().extract()

    with pytest.raises(IncompleteRead):
        next(batches)


def test_a_client_that_goes_away_before_its_details(old: OldWhmcs) -> None:
    old.instead["GetClientsDetails"] = (200, {"result": "error", "message": "Client Not Found"})

    assert "client 1 disappeared" in refused(IncompleteRead)


def test_details_of_somebody_else(old: OldWhmcs) -> None:
    old.details = {"id": "77"}

    assert "another client than 1" in refused(IncompleteRead)


# --- what goes wrong on the way -------------------------------------------------------------


def denied(action: str) -> tuple[int, Row]:
    sentence = f'Invalid Permissions: API action "{action.lower()}" is not allowed'
    return 403, {"result": "error", "message": sentence}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_that_lacks_an_action_is_shown_which(action: str, old: OldWhmcs) -> None:
    old.instead[action] = denied(action)

    with pytest.raises(SourceUnavailable) as caught:
        read(source())

    _, advised = explain_error(caught.value)
    assert f"Tick {action} in the credential's API role." in advised


@pytest.mark.parametrize(
    ("answer", "clue"),
    [
        ((403, {"result": "error", "message": "Authentication Failed"}), "Authentication Failed"),
        ((403, {"result": "error", "message": "Invalid IP 192.0.2.7"}), "Invalid IP 192.0.2.7"),
        ((403, "<html>no</html>"), "firewall"),
        ((500, "<html>oops</html>"), "HTTP 500"),
        ((200, "<html>a page</html>"), "not a JSON object"),
        ((200, {"result": "error", "message": f"strange, {SECRET}"}), "strange"),
    ],
)
def test_a_refusal_is_the_source_unavailable(answer: Any, clue: str, old: OldWhmcs) -> None:
    old.instead["GetContacts"] = answer

    assert clue in refused(SourceUnavailable)


@pytest.mark.parametrize(
    "row",
    [
        contact(1, permissions=["invoices", "tickets"]),
        contact(1, subaccount={"on": 1}),
        contact(1) | {"id": "one"},
        contact(1, userid="one"),
        "not a row",
    ],
)
def test_a_shape_nobody_knows_is_no_complete_read(row: Any, old: OldWhmcs) -> None:
    reply = {"result": "success", "totalresults": 1, "contacts": {"contact": [row]}}
    old.bend = lambda action, body: reply if action == "GetContacts" else body

    refused(IncompleteRead)


def test_a_reading_call_is_tried_again(old: OldWhmcs) -> None:
    old.instead["GetContacts"] = (503, "busy")
    old.before[3] = lambda server: server.instead.clear()

    clients, contacts = read(source())

    assert (len(clients), len(contacts)) == (7, 7)


# --- probing --------------------------------------------------------------------------------


def test_a_probe_tries_each_action(old: OldWhmcs) -> None:
    made = source()
    assert isinstance(made, ProbedSource)

    probes = made.probe()

    assert [(probe.action, probe.ok) for probe in probes] == [(name, True) for name in ACTIONS]
    assert probes[0].sentence == "WHMCS 7.10.2-release.1"


@pytest.mark.parametrize("action", ACTIONS[1:])
def test_a_probe_names_what_the_role_lacks_and_goes_on(action: str, old: OldWhmcs) -> None:
    old.instead[action] = denied(action)

    failed = [probe for probe in source().probe() if not probe.ok]

    assert [probe.action for probe in failed][:1] == [action]
    assert isinstance(failed[0].error, ActionRefused)


def test_a_probe_stops_at_a_new_whmcs(old: OldWhmcs) -> None:
    old.whmcs = {"version": "8.1.0"}

    (probe,) = source().probe()

    assert not probe.ok
    assert "already WHMCS 8 or later" in probe.sentence


def test_a_probe_sees_that_contacts_hide_what_is_needed(old: OldWhmcs) -> None:
    del old.lists["GetContacts"][0]["subaccount"]

    failed = [probe for probe in source().probe() if not probe.ok]

    assert [probe.action for probe in failed] == ["GetContacts"]
    assert "does not show subaccount" in failed[0].sentence


def test_a_probe_of_an_empty_installation(old: OldWhmcs) -> None:
    old.lists = {"GetClients": [], "GetContacts": []}

    assert all(probe.ok for probe in source().probe())


# --- the spool ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [10, 9 << 20])
def test_what_is_set_aside_comes_back_in_memory_or_from_the_disk(size: int) -> None:
    page = [{"id": "1", "email": "\n" * size, "city": None}]
    with Spool() as spool:
        spool.add(page)
        spool.add([{"id": "2"}])

        assert list(spool.pages()) == [page, [{"id": "2"}]]
        assert (spool.rows, spool.shown) == (2, {"id", "email", "city"})
